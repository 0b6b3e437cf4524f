HANDLERS: dict[str, str]
ORJSON_IS_SHARED: bool
PRELOADED: tuple[str, ...]
SEEDED: tuple[str, ...]
GENERATORS: tuple[str, ...]
IS_ASYNC: bool
LEFT_OUT: dict[str, str]
WARM_UPS: int
