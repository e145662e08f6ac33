"""How a recalled machine goes on until it is settled, in the manual's words (C8)."""

from policies.campaigns import RecallState
from tests.policies.cases.table import Case

FOUND, UNREACHABLE, PUT_OFF, TOLD, REQUESTED, DONE, GIVEN_UP = RecallState

MOVES = (
    Case(
        "机主有电话：建单，短信告知怎样选时间",
        "Its owner has a number: a request, and a text how to choose a time",
        (FOUND, REQUESTED),
        True,
    ),
    Case("机主没有电话：由人去找", "No number of its owner: somebody finds them", (FOUND, UNREACHABLE), True),
    Case("还没通知就当作已处理", "Put right before anybody was told", (FOUND, DONE), False),
    Case("找到了机主", "Its owner has been found", (UNREACHABLE, TOLD), True),
    Case("已说好：建单", "Spoken with: a request follows", (TOLD, REQUESTED), True),
    Case("修好、换好或退款", "Repaired, exchanged or refunded", (REQUESTED, DONE), True),
    Case("机主取消，机器没有处理", "Its owner calls it off, and it is not put right", (REQUESTED, PUT_OFF), True),
    Case("取消后自动再建单", "A new request by itself after that", (PUT_OFF, REQUESTED), False),
    Case("取消后与机主谈过：再建单", "Spoken with its owner after that", (PUT_OFF, TOLD), True),
    Case("还没通知就已报废", "Scrapped before its owner was told", (FOUND, GIVEN_UP), True),
    Case("找不到机主，注明原因放弃", "Its owner cannot be found, with the reason", (UNREACHABLE, GIVEN_UP), True),
    Case("机主推迟后已报废", "Scrapped after it was put off", (PUT_OFF, GIVEN_UP), True),
    Case("说好后得知已报废", "Spoken with, and it turns out to be scrapped", (TOLD, GIVEN_UP), True),
    Case("约好上门后报废：取消上门", "Scrapped after a visit was promised: nobody comes", (REQUESTED, GIVEN_UP), True),
    Case("已处理的再建单", "A request for what is done", (DONE, REQUESTED), False),
    Case("已放弃的再建单", "A request for what was given up", (GIVEN_UP, REQUESTED), False),
)
"""Given where a machine stands and where it is to go; expected whether it may."""
