"""An address that cannot be used is explained, and no password in it is shown."""

import pytest

from tests.support.cli import Cli, Ran
from tickiti_cli.config.addresses import WEB_URL


@pytest.mark.parametrize(
    ("url", "meant"),
    [
        ("127.0.0.1:8642", "http://127.0.0.1:8642"),
        ("localhost:8642/", "http://localhost:8642"),
        ("[::1]:8642", "http://[::1]:8642"),
        ("help.example:8443/tickiti", "https://help.example:8443/tickiti"),
        ("[::1:80", "https://support.example"),
        ("h:x", "https://support.example"),
    ],
)
def test_an_address_without_its_scheme_is_offered_with_one(run: Cli, url: str, meant: str) -> None:
    ran = run("ticket", "list", "--base-url", url)
    assert ran == Ran(2, "", f"tickiti: --base-url: '{url}' is not a URL such as {meant}.\n")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://user:geheim@127.0.0.1:1", "http://***@127.0.0.1:1"),
        ("https://user:ge/heim@h.example/", "https://***@h.example"),
        ("https://user:geheim\\@h.example", "https://***@h.example"),
        ("user:geheim@h.example", "***@h.example"),
        ("https://geheim@", "https://***@"),
    ],
)
def test_a_password_in_an_address_is_refused_and_not_shown(run: Cli, url: str, shown: str) -> None:
    said = f"'{shown}' must not contain a user or password, nor any @."
    listed = run("ticket", "list", "--base-url", url)
    assert listed == Ran(2, "", f"tickiti: --base-url: {said}\n")
    listed = run("ticket", "list", TICKITI_API_BASE=url)
    assert listed == Ran(2, "", f"tickiti: TICKITI_API_BASE: {said}\n")
    login = run("auth", "login", "--base-url", url, "--token-stdin", stdin="1|x")
    assert f"--base-url: {said}\n" in login.stderr
    assert "heim" not in run("doctor", TICKITI_API_BASE=url).stdout
    run.configure(f"[profiles.a]\nbase_url = '{url}'\n")
    ran = run("ticket", "list", "-p", "a")
    assert (ran.code, "heim" in ran.stderr, said in ran.stderr) == (3, False, True)


@pytest.mark.parametrize(
    ("member", "value", "said"),
    [
        ("base_url", "https://me:geheim@a.example", "https://***@a.example"),
        ("proxy", "http://me:geheim@a.example", "http://***@a.example"),
        ("web_url", "https://me:geheim@a.example/{number}", "https://***@a.example/{number}"),
    ],
)
def test_a_setting_with_a_password_is_refused_and_not_shown(
    run: Cli, member: str, value: str, said: str
) -> None:
    run.configure('[profiles.a]\nbase_url = "https://a.example"\n')
    ran = run("config", "set", f"profiles.a.{member}", value)
    assert (ran.code, f"'{said}'" in ran.stderr, "geheim" in ran.stderr) == (2, True, False)


def test_a_password_in_the_web_url_of_a_file_is_not_shown(run: Cli) -> None:
    url = "https://me:geheim@a.example/{number}"
    run.configure(f'[profiles.a]\nbase_url = "https://a.example"\nweb_url = "{url}"\n')
    ran = run("profile", "list")
    assert ran.stderr.endswith(f"'https://***@a.example/{{number}}' is not {WEB_URL}.\n")
