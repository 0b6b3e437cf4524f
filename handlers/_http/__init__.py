"""Parts of `http-request`: types, messages, body, client, connection, proxy."""
