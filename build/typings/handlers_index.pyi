HANDLERS: dict[str, str]
ORJSON_IS_SHARED: bool
PRELOADED: tuple[str, ...]
