"""Keys to the JSON API from the shell."""

from flask.testing import FlaskCliRunner

from cli.api_keys import api_key_commands
from operations.clients.services import Services
from operations.people.api_keys import list_api_keys


def test_a_key_made_in_the_shell_is_told_once_and_taken_back(runner: FlaskCliRunner, services: Services) -> None:
    added = runner.invoke(api_key_commands, ("add", "ERP", "--scope", "visits:read"))
    again = runner.invoke(api_key_commands, ("add", "ERP", "--scope", "visits:read"))
    before = runner.invoke(api_key_commands, ("list",)).output
    revoked = runner.invoke(api_key_commands, ("revoke", "ERP"))
    unknown = runner.invoke(api_key_commands, ("revoke", "Shop"))

    assert added.output.startswith("oc_")
    assert (again.exit_code, unknown.exit_code) == (1, 1)
    assert "There is a key of this name already. (ERP)" in again.output
    assert before == "ERP  visits:read\n"
    assert revoked.output == "Done.\n"
    with services.database.reading() as session:
        (key,) = list_api_keys(session)
        assert key.made_by == "flask"
        assert key.revoked_at is not None
