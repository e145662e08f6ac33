"""Questions people often ask about a product, with the answers the office has written down (H7)."""

from __future__ import annotations

from ivr.flow.node import Node
from ivr.prompts import Line
from ivr.reply import Reply, choice, number_keys
from ivr.turn import Turn
from models import Asset, GuideEntry
from operations.telephone.calls import log_step, note_outcome
from operations.versions.guides import Subject, find_in_force, note_heard
from policies.call_states import CallOutcome
from policies.guides import GuideKind


def enter_answers(turn: Turn) -> Reply | str:
    """Offer up to four questions about the product, and any other one."""
    asset = turn.session.get_one(Asset, turn.recall("asset_id"))
    subject = Subject(GuideKind.QUESTIONS, asset.product.family, asset.product.model_code)
    guide = find_in_force(turn.session, subject=subject, at=turn.now)
    if guide is None or not guide.entries:
        return "call_back"
    questions = guide.entries
    turn.remember(question_ids=[question.id for question in questions])
    lines = [
        Line("answers_choice", {"question": question.title_en if turn.is_english else question.title, "key": key})
        for key, question in enumerate(questions, start=1)
    ]
    other = Line("answers_other", {"key": len(questions) + 1})
    return choice(*lines, other, keys=number_keys(len(questions) + 1))


def answer_answers(turn: Turn, key: str) -> str:
    """A question leads to its answer, the last key to a call back."""
    question_ids = turn.recall("question_ids")
    if int(key) > len(question_ids):
        return "call_back"
    turn.remember(question_id=question_ids[int(key) - 1])
    return "answer"


def enter_answer(turn: Turn) -> Reply:
    """Say the answer."""
    question = turn.session.get_one(GuideEntry, turn.recall("question_id"))
    note_outcome(turn.call, CallOutcome.INFORMED)
    spoken = question.text_en if turn.is_english else question.text
    return choice(Line("verbatim", {"text": spoken}), Line("answer_choice"), keys=("1", "2", "3"))


def answer_answer(turn: Turn, key: str) -> str:
    """That answered it; or not, and somebody calls back; or once more."""
    if key == "3":
        return "answer"
    entry_id, is_solved = turn.recall("question_id"), key == "1"
    note_heard(turn.session, call=turn.call, entry_id=entry_id, is_solved=is_solved, now=turn.now)
    facts = {"entry": entry_id, "solved": is_solved}
    log_step(turn.session, call=turn.call, kind="question", now=turn.now, facts=facts)
    return "closing" if is_solved else "call_back"


ANSWERS = Node("answers", enter_answers, answer_answers)
ANSWER = Node("answer", enter_answer, answer_answer, ends_on_silence=True)
