"""What rights a POST of a plan takes; its preview takes the same."""

from __future__ import annotations

from sqlalchemy.orm import Session

from taskcenter_plugin.plans import service
from taskcenter_plugin.plans.datamodels import PlanIn, TriggerType
from taskcenter_plugin.routes.access import Access, Right

SAVE_RIGHTS = (Right.CREATE, Right.EDIT, Right.RUN)
"""What a route that checks them has to name."""


def check_save(body: PlanIn, access: Access, session: Session) -> str:
    """Refuse who may not create or change the plan of a body, or may not run it where the body does; return its ``dag_id``.

    :raises Forbidden: the user may not.
    """
    present = service.plan_by_name(body.entityGroup, body.entityKey, session)
    dag_id = service.dag_id_of(body.entityGroup, body.entityKey) if present is None else present.dag_id
    access.check(dag_id, Right.CREATE if present is None else Right.EDIT)
    if any(item.triggerType is TriggerType.ONCE for item in body.planItems or []):
        access.check(dag_id, Right.RUN)
    return dag_id
