"""The pages of the office behind the visit: who pays, agreements, and what is owed."""

from web.department.agreement_form import agreement_form
from web.department.agreements import agreements
from web.department.complaints import complaints
from web.department.customer_greetings import customer_greetings
from web.department.customers import customers
from web.department.money import money
from web.department.returns import returns
from web.department.stock_moves import stock_moves
from web.requests.request_money import request_money
from web.requests.request_parts import request_parts

AFTER_SALES = (
    request_money,
    request_parts,
    stock_moves,
    money,
    agreement_form,
    agreements,
    returns,
    complaints,
    customers,
    customer_greetings,
)
