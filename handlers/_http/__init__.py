"""Parts of `http-request`: request, body, connection, proxy."""
