"""A writer of the KMS: makes keys and secrets, uses them, and knows what it was promised."""

import base64
import hashlib
import http.client
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import load_der_public_key
from tests.crash.calls import KMS, THROTTLED, Answer, Client

_UNAVAILABLE = 503
_MODULE_AWAY, _MOST_REFUSALS = "Rejected.Unavailable", 2
_PAUSE_SECONDS = 0.02
_MOST_KEYS = 6
_MOST_VERSIONS = 8
"""Of one secret: fewer than it may hold, so that none is dropped."""
_OAEP = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
LEVELS = ("SOFTWARE", "HSM")
ENABLED, PENDING_IMPORT = "Enabled", "PendingImport"


@dataclass
class HeldKey:
    """What is known of a key.

    material: What was or is to be imported; None for keys that make their own. state: As DescribeKey
    must show it. versions: Each that an answer named.
    """

    key_id: str
    signs: bool = False
    material: bytes | None = field(default=None, repr=False)
    state: str = ENABLED
    versions: set[str] = field(default_factory=set)
    wrapping: tuple[bytes, str] | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Sealed:
    """A ciphertext and what it must open to."""

    key_id: str
    blob: str
    plaintext: str = field(repr=False)


@dataclass(frozen=True)
class Signed:
    """A signature of a digest."""

    key_id: str
    version_id: str
    digest: str
    value: str


@dataclass
class HeldSecret:
    """What is known of a secret: its values, and which is current."""

    values: dict[str, str] = field(default_factory=dict, repr=False)
    current: str = ""


@dataclass(frozen=True)
class Step:
    """One call; `apply` takes what a success answers. on: The key or secret it changes."""

    action: str
    params: dict[str, str] = field(repr=False)
    apply: Callable[[dict[str, Any]], object]
    on: str = ""


@dataclass(frozen=True)
class Acknowledged:
    """A call that was answered with success."""

    action: str
    request_id: str


class KmsWriter(threading.Thread):
    """Calls until the server goes away.

    acknowledged: Every success it was told of. doubtful: Calls that may have taken effect or not: the
    one that was never answered, and those that were told of a store that failed. Nothing more is done
    to what they changed.
    """

    def __init__(self, client: Client, name: str, seed: int) -> None:
        super().__init__(name=name, daemon=True)
        self.keys: dict[str, HeldKey] = {}
        self.sealed: list[Sealed] = []
        self.signed: list[Signed] = []
        self.secrets: dict[str, HeldSecret] = {}
        self.acknowledged: list[Acknowledged] = []
        self.doubtful: list[Step] = []
        self.wrong: list[str] = []
        self.refusals_of_the_module = 0
        self.enough = threading.Event()
        self._client = client
        self._draw = random.Random(seed)  # noqa: S311  # reproducible on purpose
        self._count = 0

    def run(self) -> None:
        """Make one call after another."""
        try:
            self._work()
        except Exception as failure:
            # Whoever looks at the writer hears of it, not only who reads what threads print.
            self.wrong.append(repr(failure))
            raise

    def _work(self) -> None:
        while not self.enough.is_set():
            step = self._next()
            try:
                answer = self._client.call(step.action, version=KMS, **step.params)
            except (OSError, http.client.HTTPException, ValueError):
                self.doubtful.append(step)
                return  # ValueError: the answer was cut off.
            self._note(step, answer)

    def doubts(self, on: str) -> list[Step]:
        """Return the calls about a key or secret that may have taken effect."""
        return [step for step in self.doubtful if step.on == on]

    def _note(self, step: Step, answer: Answer) -> None:
        if answer.code == THROTTLED:
            time.sleep(_PAUSE_SECONDS)
        elif answer.status == _UNAVAILABLE:
            self.doubtful.append(step)
            time.sleep(_PAUSE_SECONDS)
        elif answer.code == _MODULE_AWAY and self.refusals_of_the_module < _MOST_REFUSALS:
            # A token may refuse while another process that wrote to the token is being killed.
            self.refusals_of_the_module += 1
            self.doubtful.append(step)
        elif answer.code:
            self.wrong.append(f"{step.action}: {answer.code} {answer.members.get('Message')}")
        else:
            self.acknowledged.append(Acknowledged(step.action, answer.request_id))
            step.apply(answer.members)

    def _next(self) -> Step:
        makers = [self._create_secret, self._create_key, self._data_key]
        if self.sealed:
            makers += [self._decrypt]
        if self._brought():
            makers += [self._bring, self._bring, self._bring]
        if any(key.signs for key in self.keys.values()):
            makers += [self._sign]
        makers += [self._encrypt] * 3 + [self._put] * 2
        return self._draw.choice(makers)()

    def _create_key(self) -> Step:
        if len(self.keys) >= _MOST_KEYS:
            return self._versions()
        kind = self._draw.choice(["rotating", "rotating", "external", "signing", "plain"])
        if not self.keys:
            kind = "rotating"
        params = {
            "rotating": {"EnableAutomaticRotation": "true", "RotationInterval": "7d"},
            "external": {"Origin": "EXTERNAL"},
            "signing": {"KeySpec": "EC_P256", "KeyUsage": "SIGN/VERIFY"},
            "plain": {},
        }[kind]
        params = {**params, "ProtectionLevel": self._draw.choice(LEVELS)}

        def apply(answer: dict[str, Any]) -> None:
            told = answer["KeyMetadata"]
            key = self.keys[told["KeyId"]] = HeldKey(told["KeyId"], signs=kind == "signing")
            if kind == "external":
                key.material, key.state = self._draw.randbytes(32), PENDING_IMPORT
            if "PrimaryKeyVersion" in told:
                key.versions.add(told["PrimaryKeyVersion"])

        return Step("CreateKey", params, apply)

    def _bring(self) -> Step:
        """Take an imported key further: wrapping key, material, and away with it again."""
        key = self._draw.choice(self._brought())
        if key.state == ENABLED and self._draw.random() < 0.6:
            return Step(
                "DeleteKeyMaterial",
                {"KeyId": key.key_id},
                lambda _: setattr(key, "state", PENDING_IMPORT),
                on=key.key_id,
            )
        if key.wrapping is None:
            return Step(
                "GetParametersForImport", import_parameters(key), lambda told: wrapped(key, told)
            )

        def apply(_: dict[str, Any]) -> None:
            key.state = ENABLED
            key.wrapping = None if self._draw.random() < 0.3 else key.wrapping

        return Step("ImportKeyMaterial", import_request(key), apply, on=key.key_id)

    def _encrypt(self) -> Step:
        key = self._usable()
        if key is None:
            return self._create_key()
        text = base64.b64encode(self._draw.randbytes(24)).decode()

        def apply(answer: dict[str, Any]) -> None:
            key.versions.add(answer["KeyVersionId"])
            self.sealed.append(Sealed(key.key_id, answer["CiphertextBlob"], text))

        return Step("Encrypt", {"KeyId": key.key_id, "Plaintext": text}, apply)

    def _data_key(self) -> Step:
        key = self._usable()
        if key is None:
            return self._create_key()

        def apply(answer: dict[str, Any]) -> None:
            key.versions.add(answer["KeyVersionId"])
            self.sealed.append(Sealed(key.key_id, answer["CiphertextBlob"], answer["Plaintext"]))

        return Step("GenerateDataKey", {"KeyId": key.key_id}, apply)

    def _decrypt(self) -> Step:
        usable = [s for s in self.sealed if self._is_usable(self.keys[s.key_id])]
        if not usable:
            return self._create_key()
        sealed = self._draw.choice(usable)

        def apply(answer: dict[str, Any]) -> None:
            if answer["Plaintext"] != sealed.plaintext:
                self.wrong.append(f"{sealed} opens to something else")

        return Step("Decrypt", {"CiphertextBlob": sealed.blob}, apply)

    def _versions(self) -> Step:
        return list_versions(self._draw.choice(list(self.keys.values())))

    def _sign(self) -> Step:
        key = self._draw.choice([key for key in self.keys.values() if key.signs])
        if not key.versions:
            return list_versions(key)
        version = min(key.versions)
        digest = base64.b64encode(hashlib.sha256(self._draw.randbytes(8)).digest()).decode()
        return Step(
            "AsymmetricSign",
            {
                "KeyId": key.key_id,
                "KeyVersionId": version,
                "Algorithm": "ECDSA_SHA_256",
                "Digest": digest,
            },
            lambda answer: self.signed.append(Signed(key.key_id, version, digest, answer["Value"])),
        )

    def _create_secret(self) -> Step:
        if len(self.secrets) >= _MOST_KEYS:
            return self._put()
        name, value = self._fresh("s"), self._fresh("value")

        def apply(_: dict[str, Any]) -> None:
            self.secrets[name] = HeldSecret({"v1": value}, "v1")

        params = {"SecretName": name, "VersionId": "v1", "SecretData": value}
        return Step("CreateSecret", params, apply, on=name)

    def _put(self) -> Step:
        open_ones = [
            name
            for name, secret in self.secrets.items()
            if len(secret.values) < _MOST_VERSIONS and not self.doubts(name)
        ]
        if not open_ones:
            return self._encrypt()
        name = self._draw.choice(open_ones)
        secret, value = self.secrets[name], self._fresh("value")
        version = f"v{len(secret.values) + 1}"

        def apply(_: dict[str, Any]) -> None:
            secret.values[version] = value
            secret.current = version

        params = {"SecretName": name, "VersionId": version, "SecretData": value}
        return Step("PutSecretValue", params, apply, on=name)

    def _usable(self) -> HeldKey | None:
        usable = [k for k in self.keys.values() if self._is_usable(k) and not k.signs]
        return self._draw.choice(usable) if usable else None

    def _is_usable(self, key: HeldKey) -> bool:
        return key.state == ENABLED and not self.doubts(key.key_id)

    def _brought(self) -> list[HeldKey]:
        return [k for k in self.keys.values() if k.material and not self.doubts(k.key_id)]

    def _fresh(self, kind: str) -> str:
        self._count += 1
        return f"{self.name}-{kind}{self._count}"


def list_versions(key: HeldKey) -> Step:
    """Ask which versions a key has, and remember them."""
    return Step(
        "ListKeyVersions",
        {"KeyId": key.key_id, "PageSize": "100"},
        lambda answer: key.versions.update(
            version["KeyVersionId"] for version in answer["KeyVersions"]["KeyVersion"]
        ),
    )


def import_parameters(key: HeldKey) -> dict[str, str]:
    """Return what asks for a key's wrapping key."""
    return {
        "KeyId": key.key_id,
        "WrappingAlgorithm": "RSAES_OAEP_SHA_256",
        "WrappingKeySpec": "RSA_2048",
    }


def wrapped(key: HeldKey, told: dict[str, Any]) -> None:
    """Wrap a key's material as GetParametersForImport said."""
    public: Any = load_der_public_key(base64.b64decode(told["PublicKey"]))
    assert key.material is not None
    key.wrapping = public.encrypt(key.material, _OAEP), told["ImportToken"]


def import_request(key: HeldKey) -> dict[str, str]:
    """Return what imports the material that was wrapped."""
    assert key.wrapping is not None
    wrapped_material, token = key.wrapping
    return {
        "KeyId": key.key_id,
        "EncryptedKeyMaterial": base64.b64encode(wrapped_material).decode(),
        "ImportToken": token,
        "KeyMaterialExpireUnix": "0",
    }
