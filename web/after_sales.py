"""The pages of the office behind the visit: who pays, agreements, and what is owed."""

from web.agreement_form import agreement_form
from web.agreements import agreements
from web.complaints import complaints
from web.customer_greetings import customer_greetings
from web.customers import customers
from web.money import money
from web.request_money import request_money
from web.request_parts import request_parts
from web.returns import returns
from web.stock_moves import stock_moves

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
