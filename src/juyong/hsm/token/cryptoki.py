"""The calls of a PKCS#11 module that python-pkcs11 does not make, or not as we need them.

python-pkcs11 0.10 initialises with no arguments, which tells the module that one thread alone will
call it (SoftHSM then takes no locks at all); it cannot initialise a token; its login leaves a
session open when it fails; and it does not ask whether a session is still logged in.

SOURCE: PKCS#11 2.40 base specification, function list and general-purpose types (documented).
"""

import ctypes

OK = 0x000
CANT_LOCK = 0x00A
PIN_INCORRECT = 0x0A0
PIN_INVALID = 0x0A1
PIN_LEN_RANGE = 0x0A2
PIN_EXPIRED = 0x0A3
PIN_LOCKED = 0x0A4
USER_ALREADY_LOGGED_IN = 0x100
USER_PIN_NOT_INITIALIZED = 0x102
ALREADY_INITIALIZED = 0x191

_OS_LOCKING_OK = 0x2
_USER = 1
_LOGGED_IN_AS_USER = (1, 3)  # read-only and read-write user functions
_LABEL_BYTES = 32

# Places in the function list, whose order the specification fixes.
_INITIALIZE, _FINALIZE, _INIT_TOKEN, _SESSION_INFO, _LOGIN = 0, 1, 9, 15, 18

_rv, _ulong, _pointer, _text = (
    ctypes.c_ulong,
    ctypes.c_ulong,
    ctypes.c_void_p,
    ctypes.c_char_p,
)


class _FunctionList(ctypes.Structure):
    _fields_ = (("version", ctypes.c_ubyte * 2), ("functions", ctypes.c_void_p * 68))


class _InitializeArgs(ctypes.Structure):
    _fields_ = (
        ("mutex", ctypes.c_void_p * 4),
        ("flags", ctypes.c_ulong),
        ("reserved", ctypes.c_void_p),
    )


class _SessionInfo(ctypes.Structure):
    _fields_ = (
        ("slot", ctypes.c_ulong),
        ("state", ctypes.c_ulong),
        ("flags", ctypes.c_ulong),
        ("error", ctypes.c_ulong),
    )


class Cryptoki:
    """A module's functions, called directly; each returns the module's own code."""

    def __init__(self, path: str) -> None:
        """Load the shared object; an OSError says that it does not load."""
        self._library = ctypes.CDLL(path)
        found = ctypes.POINTER(_FunctionList)()
        if self._library.C_GetFunctionList(ctypes.byref(found)) != OK:
            raise OSError(f"`{path}` gives no function list")
        at = found.contents.functions
        prototype = ctypes.CFUNCTYPE
        self._initialize = prototype(_rv, _pointer)(at[_INITIALIZE])
        self._finalize = prototype(_rv, _pointer)(at[_FINALIZE])
        self._init_token = prototype(_rv, _ulong, _text, _ulong, _text)(at[_INIT_TOKEN])
        self._session_info = prototype(_rv, _ulong, _pointer)(at[_SESSION_INFO])
        self._login = prototype(_rv, _ulong, _ulong, _text, _ulong)(at[_LOGIN])

    def initialize(self, *, threads: bool) -> int:
        """Call C_Initialize, with the system's locks when threads will call."""
        if not threads:
            return int(self._initialize(None))
        arguments = _InitializeArgs(flags=_OS_LOCKING_OK)
        return int(self._initialize(ctypes.addressof(arguments)))

    def finalize(self) -> int:
        """Call C_Finalize, which ends every session of this process."""
        return int(self._finalize(None))

    def init_token(self, slot: int, so_pin: str, label: str) -> int:
        """Call C_InitToken, which erases what the token held."""
        pin = so_pin.encode()
        return int(self._init_token(slot, pin, len(pin), label.encode().ljust(_LABEL_BYTES)))

    def login(self, session: int, pin: str) -> int:
        """Call C_Login as the user, for all sessions of this process on the token."""
        secret = pin.encode()
        return int(self._login(session, _USER, secret, len(secret)))

    def logged_in(self, session: int) -> bool:
        """Whether a session is alive and logged in as the user."""
        info = _SessionInfo()
        if self._session_info(session, ctypes.addressof(info)) != OK:
            return False
        return info.state in _LOGGED_IN_AS_USER
