"""Which files may be one customer, in the manual's words (C1)."""

from policies.duplicates import FileFace, LikenessReason
from tests.policies.cases.table import Case


def file(customer_id: int, name: str, phone: str, address: str) -> FileFace:
    return FileFace(customer_id, name, frozenset({phone}), frozenset({address}))


WANG = file(1, "王小明", "+8613800000001", "人民路1号")

LIKENESSES = (
    Case(
        "姓名、电话都相同",
        "The same name and number",
        (WANG, file(2, "王小明", "+8613800000001", "解放路9号")),
        LikenessReason.PHONE_AND_NAME,
    ),
    Case(
        "姓名、地址相同，写法有空格和全角",
        "The same name and address, written with spaces and wide signs",
        (WANG, file(2, "王 小明", "+8613800000002", "人民路１号")),
        LikenessReason.NAME_AND_ADDRESS,
    ),
    Case(
        "只有电话相同：可能是总机",
        "Only the number: perhaps a switchboard",
        (WANG, file(2, "李四", "+8613800000001", "解放路9号")),
        LikenessReason.PHONE,
    ),
    Case(
        "同名不同人", "The same name alone says nothing", (WANG, file(2, "王小明", "+8613800000002", "解放路9号")), None
    ),
    Case(
        "住在一处的两个人", "Two who live at one address", (WANG, file(2, "李四", "+8613800000002", "人民路1号")), None
    ),
)
"""Given two files; expected why they may be one, or None. A person decides."""
