"""``flask import-requests`` on a database that is not ready says what to do."""

from __future__ import annotations

from pathlib import Path

from tests.plugin_app import app_config
from webapp import create_app
from webapp.extensions import db


def test_command_says_what_is_missing_before_it_can_import(tmp_path: Path) -> None:
    app = create_app(app_config(tmp_path / "new.sqlite3", tmp_path))
    path = tmp_path / "messages.csv"
    path.write_text(
        "msg_id,user_code,subject,time,detail,reply,reply_time\n1,u,灯,2024/3/4 9:05:00,灯坏了,,\n", "utf-8"
    )
    arguments = ["import-requests", str(path)]
    unmigrated = app.test_cli_runner().invoke(args=arguments)
    assert (unmigrated.exit_code, "flask db upgrade" in unmigrated.output) == (1, True)
    with app.app_context():
        db.create_all()
    without_city = app.test_cli_runner().invoke(args=arguments)
    assert (without_city.exit_code, "flask demo load" in without_city.output) == (1, True)
    with app.app_context():
        db.engine.dispose()
