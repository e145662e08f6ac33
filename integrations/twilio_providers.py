"""Twilio as the provider of every channel."""

from __future__ import annotations

from twilio.http import HttpClient

from integrations.twilio_client import open_client
from integrations.twilio_sms import TwilioSms
from integrations.twilio_voice import TwilioVoice
from outbox.sender import Providers
from policies.message_channels import MessageChannel


def open_providers(
    *,
    account_sid: str,
    auth_token: str,
    from_number: str,
    public_base_url: str,
    messaging_service_sid: str | None = None,
    api_base_url: str | None = None,
    http_client: HttpClient | None = None,
) -> Providers:
    """Return a provider per channel; `api_base_url` names a stand-in for Twilio, `http_client` is for tests."""
    client = open_client(
        account_sid=account_sid, auth_token=auth_token, api_base_url=api_base_url, http_client=http_client
    )
    texts = TwilioSms(
        client,
        from_number=from_number,
        messaging_service_sid=messaging_service_sid,
        public_base_url=public_base_url,
    )
    calls = TwilioVoice(client, from_number=from_number, public_base_url=public_base_url)
    return {MessageChannel.SMS: texts, MessageChannel.VOICE: calls}
