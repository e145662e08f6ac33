"""The pages of the office behind the visit: who pays, agreements, and what is owed."""

from web.agreements import agreements
from web.complaints import complaints
from web.customer_greetings import customer_greetings
from web.customers import customers
from web.money import money
from web.request_money import request_money
from web.returns import returns

AFTER_SALES = (request_money, money, agreements, returns, complaints, customers, customer_greetings)
