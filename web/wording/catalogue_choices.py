"""What forms offer of the catalogue: models and faults, by their codes."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import FaultCategory, Product
from web.wording.sentences import in_language


def model_choices(session: Session) -> list[tuple[str, str]]:
    """Return the code of each model in use, and its code with its name in the page's language."""
    found = session.scalars(select(Product).where(Product.is_active.is_(True)).order_by(Product.model_code))
    return [(one.model_code, f"{one.model_code} {in_language(one, 'name')}") for one in found]


def fault_choices(session: Session) -> list[tuple[str, str]]:
    """Return the code of each fault in use, and its code with its name in the page's language."""
    found = session.scalars(select(FaultCategory).where(FaultCategory.is_active.is_(True)).order_by(FaultCategory.code))
    return [(one.code, f"{one.code} {in_language(one, 'name')}") for one in found]
