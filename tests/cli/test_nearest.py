"""A wrong name is answered with the nearest right one."""

import pytest

from tests.cli.conftest import Cli, Ran

CONFIG = """
[profiles.prod]
base_url = "https://support.sole-trader.example"
"""


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("templat",), 2, "No such command 'templat'. Did you mean 'template'?"),
        (("ticket", "crate"), 2, "No such command 'crate'. Did you mean 'create'?"),
        (("ticket", "list", "--stats", "open"), 2,
         "No such option: --stats (Possible options: --hashtag, --status)"),
        (("--quite", "ticket", "list"), 2, "No such option: --quite (Possible options: --quiet)"),
        (("api", "creat_ticket"), 2,
         "There is no endpoint 'creat_ticket'. Did you mean create_ticket?"),
        (("help", "exit-code"), 2, "There is no topic 'exit-code'. Did you mean exit-codes?"),
        (("man", "tiket"), 2, "There is no manual page 'tiket'. Did you mean ticket?"),
        (("ticket", "list", "-p", "prd"), 3,
         "--profile: there is no profile 'prd' (known: prod). Did you mean prod?"),
        (("profile", "use", "prodd"), 3,
         "argument: there is no profile 'prodd' (known: prod). Did you mean prod?"),
        (("config", "list", "--fields", "nam"), 2,
         "--fields: there is no field 'nam' (known: name, value, origin). Did you mean name?"),
    ],
)  # fmt: skip
def test_on_the_command_line(run: Cli, arguments: tuple[str, ...], code: int, said: str) -> None:
    run.configure(CONFIG)
    ran = run(*arguments)
    assert (ran.code, ran.stdout) == (code, "")
    assert ran.stderr.splitlines()[0] == f"tickiti: {said}"


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ("[defaults]\ntimeot = 1\n", ("[defaults] cannot have 'timeot' (only: color, max_time, "
         "no_input, output, retries, timeout). Did you mean timeout?")),
        ("[profiles.a]\nbaseurl = 'x'\n", ("profile 'a' cannot have 'baseurl' (only: allow_http, "
         "api, base_url, ca_bundle, insecure, secret, token_command). Did you mean base_url?")),
        ("default_profil = 'a'\n", ("the file cannot have 'default_profil' (only: default_profile, "
         "defaults, profiles). Did you mean default_profile?")),
    ],
)  # fmt: skip
def test_in_a_file(run: Cli, config: str, said: str) -> None:
    run.configure(config)
    assert run("config", "list") == Ran(3, "", f"tickiti: {run.config}/config.toml: {said}\n")


def test_a_name_like_no_other_gets_no_suggestion(run: Cli) -> None:
    run.configure(CONFIG)
    assert run("ticket", "list", "-p", "xyz") == Ran(
        3, "", "tickiti: --profile: there is no profile 'xyz' (known: prod).\n"
    )
