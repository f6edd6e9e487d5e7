"""``/admin/policy``: the weights and limits of the score, versioned and in the audit trail."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from webapp.domain.official import DEFAULT_INDICES
from webapp.domain.permissions import Permission
from webapp.domain.scores import PART_LABELS, PARTS
from webapp.errors import InvalidInput
from webapp.extensions import db
from webapp.models import Setting
from webapp.queries import policy as queries
from webapp.security import staff
from webapp.services import administration as service
from webapp.views.admin import bp, policy_lines


def _stored() -> dict[str, Any]:
    stored = db.session.get(Setting, queries.SETTING)
    return dict(stored.value) if stored and isinstance(stored.value, dict) else {}


def _values() -> dict[str, Any]:
    current = queries.policy_from(_stored())
    return {
        "version": current.score.version, "window_days": current.window_days,
        "target": "" if current.score.target is None else current.score.target,
        "min_n_eff": f"{current.score.min_n_eff:g}", "use_text": "1" if current.score.use_text else "",
        "indices": policy_lines.indices_text(current.indices),
        "peer_groups": policy_lines.groups_text(current.peer_groups),
        **{f"weight_{part}": current.score.weights[part] for part in PARTS},
    }  # fmt: skip


def _number(form: Mapping[str, str], name: str, low: float, high: float) -> float:
    try:
        value = float(form.get(name, ""))
    except ValueError:
        value = math.nan
    if not low <= value <= high:
        raise InvalidInput(_("请填写 %(low)s 到 %(high)s 之间的数。", low=low, high=high), name)
    return value


def _lists(form: Mapping[str, str]) -> dict[str, Any]:
    """What is typed line by line; the shipped definitions are not written down as the city's own."""
    kept = {key: value for key, value in _stored().items() if key in ("peer_groups", "official_indices")}
    if "peer_groups" in form:
        kept["peer_groups"] = policy_lines.parse_groups(form["peer_groups"], "peer_groups")
    if "indices" in form:
        typed = "\n".join(form["indices"].splitlines()).strip()
        kept.pop("official_indices", None)
        if typed != policy_lines.indices_text(DEFAULT_INDICES):
            kept["official_indices"] = policy_lines.parse_indices(typed, "indices")
    return kept


def _parsed(form: Mapping[str, str]) -> dict[str, Any]:
    """The setting's value. Raises ``InvalidInput`` naming the field."""
    version, days = form.get("version", "").strip(), form.get("window_days", "")
    if not version or len(version) > 40:
        raise InvalidInput(_("请填写版本，最多 40 个字。"), "version")
    if days not in map(str, queries.WINDOWS):
        raise InvalidInput(_("请从列表中选择。"), "window_days")
    weights = {part: _number(form, f"weight_{part}", 0, 100) for part in PARTS}
    if not sum(weights.values()):
        raise InvalidInput(_("权重不能全是零。"), f"weight_{PARTS[0]}")
    # What this form does not show (limits of the indicators, say) stays as it is.
    kept = {key: value for key, value in _stored().items() if key != "official_indices"}
    value = {
        **kept, "version": version, "window_days": int(days), "weights": weights,
        "min_n_eff": _number(form, "min_n_eff", 1, 1000), "use_text": form.get("use_text") == "1",
        **_lists(form),
    }  # fmt: skip
    value.pop("target", None)
    if form.get("target", "").strip():
        value["target"] = _number(form, "target", 0, 100)
    now = queries.scoring_policy()
    changed = queries.policy_from(value)
    if changed != now and changed.score.version == now.score.version:
        # Two sets of rules under one name could not be told apart beside a score.
        raise InvalidInput(_("规则改了，请换一个版本号。"), "version")
    return value


@bp.route("/policy", methods=["GET", "POST"])
@staff(Permission.ADMINISTER)
def policy() -> Any:
    """Show and change the scoring policy."""
    values: Any = _values()
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            service.save_setting(queries.SETTING, _parsed(request.form), current_user.id)
        except InvalidInput as problem:
            values, errors = request.form, {problem.field or "": problem.message}
        else:
            flash(_("评分办法已保存，新的分数从下一次计算起采用。"), "success")
            return redirect(url_for("admin.policy"))
    page = render_template(
        "admin/policy.html",
        values=values,
        errors=errors,
        parts=[(part, _(PART_LABELS[part])) for part in PARTS],
        windows=[(days, str(days)) for days in queries.WINDOWS],
    )
    return page, 422 if errors else 200
