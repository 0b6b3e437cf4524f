"""One run: settings, exchange, log, life cycle; from source the supervisor, too."""
