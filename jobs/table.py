"""All clock jobs, in one place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from jobs.answer_plan_events import answer_plan_events, watch_plans
from jobs.call_customers import call_customers
from jobs.chase_technicians import chase_technicians
from jobs.clock_timers import check_clocks, end_customer_wishes, fire_clock_timers
from jobs.compare_files import compare_files
from jobs.duty_ladder import climb_duty_ladders
from jobs.erase_personal_data import erase_old_details, erase_personal_files
from jobs.erase_recordings import erase_old_recordings
from jobs.fetch_road_times import fetch_road_times
from jobs.find_lost_webhooks import find_lost_webhooks
from jobs.follow_agreements import follow_agreements
from jobs.follow_campaigns import find_defects, follow_campaigns
from jobs.follow_parcels import follow_parcels
from jobs.handovers import follow_service_points
from jobs.housekeeping import close_lost_calls, forget_what_is_over, free_expired_holds
from jobs.mail_passwords import mail_passwords
from jobs.move_sites import move_sites
from jobs.pause_recordings import pause_recordings
from jobs.play_replays import play_replays
from jobs.proofs import anchor_day, chain_message_receipts
from jobs.publish_day import publish_days
from jobs.read_mail import read_mail
from jobs.release_care import release_due_care
from jobs.remind_customers import remind_customers
from jobs.send_greetings import send_greetings
from jobs.send_messages import send_letters, send_messages
from jobs.serve_queue import carry_out_line_orders, serve_queue
from jobs.service_rounds import (
    climb_complaints,
    climb_exceptions,
    remind_of_loaners,
    reserve_likely_parts,
    tell_of_late_repairs,
)
from jobs.take_in_spool import take_in_spool
from jobs.tell_hooks import tell_hooks
from operations.clients.services import Services


@dataclass(frozen=True, slots=True)
class Job:
    """A job's name, how often it runs, and what it does.

    `is_claimed` jobs run on one clock only; the others claim row by row and may run on several at once. One that fails
    is named wherever failing jobs are, whichever it is.
    """

    name: str
    every_seconds: int
    run: Callable[[Services], int]
    is_claimed: bool = True


JOBS = (
    Job("send_messages", 1, send_messages, is_claimed=False),
    Job("send_letters", 2, send_letters, is_claimed=False),
    Job("tell_hooks", 2, tell_hooks, is_claimed=False),
    Job("mail_passwords", 3, mail_passwords),
    Job("serve_queue", 1, serve_queue),
    Job("carry_out_line_orders", 1, carry_out_line_orders, is_claimed=False),
    Job("pause_recordings", 1, pause_recordings),
    Job("free_expired_holds", 10, free_expired_holds),
    Job("climb_duty_ladders", 3, climb_duty_ladders),
    Job("follow_service_points", 20, follow_service_points),
    Job("answer_plan_events", 5, answer_plan_events),
    Job("watch_plans", 120, watch_plans),
    Job("end_customer_wishes", 15, end_customer_wishes),
    Job("check_clocks", 15, check_clocks),
    Job("fire_clock_timers", 5, fire_clock_timers, is_claimed=False),
    Job("find_lost_webhooks", 300, find_lost_webhooks),
    Job("chain_message_receipts", 10, chain_message_receipts, is_claimed=False),
    Job("anchor_day", 600, anchor_day),
    Job("fetch_road_times", 20, fetch_road_times, is_claimed=False),
    Job("publish_days", 30, publish_days, is_claimed=False),
    Job("play_replays", 2, play_replays),
    Job("chase_technicians", 15, chase_technicians),
    Job("remind_customers", 300, remind_customers),
    Job("send_greetings", 900, send_greetings),
    Job("call_customers", 20, call_customers),
    Job("take_in_spool", 30, take_in_spool),
    Job("read_mail", 30, read_mail),
    Job("release_due_care", 300, release_due_care),
    Job("follow_parcels", 300, follow_parcels),
    Job("follow_campaigns", 300, follow_campaigns),
    Job("follow_agreements", 900, follow_agreements),
    Job("find_defects", 3600, find_defects),
    Job("climb_complaints", 60, climb_complaints),
    Job("climb_exceptions", 60, climb_exceptions),
    Job("reserve_likely_parts", 900, reserve_likely_parts),
    Job("remind_of_loaners", 3600, remind_of_loaners),
    Job("tell_of_late_repairs", 3600, tell_of_late_repairs),
    Job("compare_files", 20, compare_files),
    Job("move_sites", 60, move_sites),
    Job("close_lost_calls", 300, close_lost_calls),
    Job("erase_old_recordings", 3600, erase_old_recordings),
    Job("erase_personal_files", 3600, erase_personal_files),
    Job("erase_old_details", 86400, erase_old_details),
    Job("forget_what_is_over", 3600, forget_what_is_over),
)
