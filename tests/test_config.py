import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from config import EXPLANATIONS, ConfigurationError, Mode, Settings, load_settings

PRODUCTION = {
    "PUBLIC_BASE_URL": "https://hotline.example.com/",
    "SECRET_KEY": "s" * 48,
    "PROOF_SIGNING_KEY": "A" * 43 + "=",
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "token-of-nobody",
    "TWILIO_NUMBER": "+862150800400",
}


def development(folder: Path, **more: str) -> Settings:
    return load_settings({"ONECALL_MODE": "development", "DATA_FOLDER": str(folder), **more})


def test_production_is_the_mode_when_nothing_is_said() -> None:
    settings = load_settings(PRODUCTION)

    assert settings.mode is Mode.PRODUCTION
    assert not settings.is_development
    assert settings.public_base_url == "https://hotline.example.com"
    assert settings.time_zone.key == "Asia/Shanghai"
    assert settings.port == 8000


def test_production_without_anything_names_everything_it_needs_and_how_to_get_it() -> None:
    with pytest.raises(ConfigurationError) as refused:
        load_settings({"SECRET_KEY": "   "})

    assert set(refused.value.names) == set(PRODUCTION)
    for name in PRODUCTION:
        assert f"{name} is missing" in str(refused.value)
        assert EXPLANATIONS[name] in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ONECALL_MODE", "staging"),
        ("DATABASE_URL", "mysql://host/name"),
        ("PUBLIC_BASE_URL", "http://hotline.example.com"),
        ("PUBLIC_BASE_URL", "https://hotline.example.com/path"),
        ("SECRET_KEY", "short"),
        ("PROOF_SIGNING_KEY", "not base64!"),
        ("PROOF_SIGNING_KEY", "QUJD"),
        ("TWILIO_ACCOUNT_SID", "AC123"),
        ("TWILIO_NUMBER", "400-800-1234"),
        ("TWILIO_MESSAGING_SERVICE_SID", "MG1"),
        ("TWILIO_API_BASE_URL", "localhost:8001"),
        ("SMTP_URL", "https://mail.example.com"),
        ("OIDC_ISSUER", "http://id.example.com"),
        ("OIDC_ISSUER", "https://id.example.com/?realm=office"),
        ("FILES_URL", "photos"),
        ("MAP_TILES_URL", "https://tiles.example.com/{z}/{x}.png"),
        ("MAP_TILES_URL", "//tiles.example.com/{z}/{x}/{y}.png"),
        ("TIME_ZONE", "Asia/Nowhere"),
        ("TIME_ZONE", "/etc/passwd"),
        ("PORT", "70000"),
        ("PORT", "http"),
    ],
)
def test_a_malformed_value_is_named_in_every_mode(name: str, value: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=f"{name} is malformed"):
        load_settings({**PRODUCTION, "DATA_FOLDER": str(tmp_path), name: value})


def test_several_problems_are_told_at_once() -> None:
    with pytest.raises(ConfigurationError) as refused:
        load_settings({**PRODUCTION, "PORT": "0", "TWILIO_AUTH_TOKEN": "", "TIME_ZONE": "Mars"})

    assert set(refused.value.names) == {"PORT", "TWILIO_AUTH_TOKEN", "TIME_ZONE"}


def test_half_an_issuer_is_none_and_the_missing_half_is_named() -> None:
    with pytest.raises(ConfigurationError, match="beside the others") as refused:
        load_settings({**PRODUCTION, "OIDC_CLIENT_ID": "onecall"})
    whole = {"OIDC_ISSUER": "https://id.example.com/", "OIDC_CLIENT_ID": "onecall", "OIDC_CLIENT_SECRET": "hush hush"}
    settings = load_settings({**PRODUCTION, **whole})

    assert set(refused.value.names) == {"OIDC_ISSUER", "OIDC_CLIENT_SECRET"}
    assert (settings.oidc_issuer, settings.oidc_name) == ("https://id.example.com/", None)
    assert "hush" not in repr(settings)


def test_development_starts_with_nothing_and_keeps_its_secrets(tmp_path: Path) -> None:
    first = development(tmp_path / "data")
    second = development(tmp_path / "data")

    assert first == second
    assert first.is_development
    assert first.public_base_url == "http://127.0.0.1:8000"
    assert first.twilio_api_base_url == "http://127.0.0.1:8001"
    assert first.database_url == f"sqlite:///{tmp_path / 'data' / 'onecall.sqlite3'}"


def test_what_the_environment_says_wins_over_what_development_makes_up(tmp_path: Path) -> None:
    settings = development(tmp_path, PORT="9000", TWILIO_AUTH_TOKEN="mine", PUBLIC_BASE_URL="http://desk:9000")

    assert settings.twilio_auth_token == "mine"
    assert settings.public_base_url == "http://desk:9000"
    assert settings.twilio_api_base_url == "http://127.0.0.1:9001"


def test_generated_secrets_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    development(tmp_path)

    (secrets_file,) = tmp_path.iterdir()

    assert stat.S_IMODE(secrets_file.stat().st_mode) == 0o600


def test_processes_that_start_together_keep_the_same_secrets(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = {settings.secret_key for settings in pool.map(development, [tmp_path / "new"] * 16)}

    assert len(keys) == 1


def test_production_makes_nothing_up(tmp_path: Path) -> None:
    load_settings({**PRODUCTION, "DATA_FOLDER": str(tmp_path)})

    assert list(tmp_path.iterdir()) == []


def test_secrets_and_passwords_never_show_in_the_repr() -> None:
    passwords = {
        "DATABASE_URL": "postgresql://onecall:hush@db/onecall",
        "SMTP_URL": "smtps://u:hush@mail:465",
        "IMAP_URL": "imaps://u:hush@mail:993",
        "SECRET_KEY": "hush" * 12,
        "TWILIO_AUTH_TOKEN": "hush",
    }

    shown = repr(load_settings({**PRODUCTION, **passwords}))

    assert "hush" not in shown
    assert "proof_signing_key" not in shown


def test_a_plain_postgresql_address_gets_the_driver_we_use() -> None:
    settings = load_settings({**PRODUCTION, "DATABASE_URL": "postgresql://onecall@db/onecall"})

    assert settings.database_url == "postgresql+psycopg://onecall@db/onecall"
