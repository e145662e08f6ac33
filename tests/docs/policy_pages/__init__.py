"""The pages of docs/policies: what each policy decides, in the manual's words."""

from tests.docs.policy_pages import money, service

PAGES = (*money.PAGES, *service.PAGES)
