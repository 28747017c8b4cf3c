"""pywa, a client library for Meta's Graph API, against a Stentor that it takes for graph.facebook.com."""

import httpx
import pytest
from pywa import WhatsApp, errors, filters, types
from pywa.types import Button, Section, SectionList, SectionRow
from pywa.types import templates as t

READER = "441234567890"


@pytest.fixture
def wa(twin):
    """The library as its user makes it; only the host is another."""
    session = httpx.Client(timeout=30)
    client = WhatsApp(
        phone_id=twin.phone_number_id,
        token=twin.api_key,
        waba_id=twin.account_id,
        app_id=1,
        app_secret=twin.webhook_secret,
        verify_token="anything",
        session=session,
        server=None,
    )
    session.base_url = str(session.base_url).replace("https://graph.facebook.com", twin.url)
    client.seen = []
    client.add_handlers()
    return client


def hears(wa, receiver, wanted, limit=40):
    """Feeds webhooks to the library until `wanted` comes out of it."""
    for _ in range(limit):
        body, signature = receiver.webhooks.get(timeout=60)
        assert wa.webhook_update_validator(body, signature) is None, "the signature is right"
        _, status = wa.webhook_update_handler(body)
        assert status == 200
        found = [update for update in wa.seen if wanted(update)]
        if found:
            return found[0]
    raise AssertionError("the webhook did not come")


def listens(wa):
    @wa.on_message_status()
    def status(_, update):
        wa.seen.append(update)

    @wa.on_message()
    def message(_, update):
        wa.seen.append(update)

    @wa.on_callback_button()
    def button(_, update):
        wa.seen.append(update)

    @wa.on_callback_selection()
    def selection(_, update):
        wa.seen.append(update)


def is_status(sent, status):
    return lambda update: isinstance(update, types.MessageStatus) and update.id == sent.id and update.status == status


def test_a_marketing_template_is_read(wa, receiver):
    listens(wa)
    sent = wa.send_template(
        READER,
        "marketing_text_no_param",
        t.TemplateLanguage.ENGLISH,
        [],
        use_mm_lite_api=True,
        message_activity_sharing=True,
        tracker="campaign-7",
    )
    assert sent.to == READER
    read = hears(wa, receiver, is_status(sent, types.MessageStatusType.READ))
    assert read.tracker == "campaign-7"


def test_a_person_is_answered_inside_the_window(wa, twin, receiver):
    listens(wa)
    twin.admin("POST", f"/sim/phones/{READER}/say", {"text": "Hello?"})
    asked = hears(wa, receiver, lambda update: isinstance(update, types.Message))
    assert asked.text == "Hello?" and asked.from_user.wa_id == READER
    asked.mark_as_read()
    buttons = [Button("Yes", callback_data="yes"), Button("No", callback_data="no")]
    sent = asked.reply_text("Shall we?", buttons=buttons)
    hears(wa, receiver, is_status(sent, types.MessageStatusType.DELIVERED))
    twin.admin("POST", f"/sim/phones/{READER}/press", {"button": 1})
    pressed = hears(wa, receiver, lambda update: isinstance(update, types.CallbackButton))
    assert pressed.data == "no" and pressed.reply_to_message.message_id == sent.id
    rows = [SectionRow("Red", callback_data="red"), SectionRow("Blue", callback_data="blue")]
    listed = wa.send_message(READER, "Which?", buttons=SectionList("Colours", [Section("All", rows)]))
    hears(wa, receiver, is_status(listed, types.MessageStatusType.DELIVERED))
    twin.admin("POST", f"/sim/phones/{READER}/press", {"button": 0})
    assert hears(wa, receiver, lambda update: isinstance(update, types.CallbackSelection)).data == "red"


def test_outside_the_window_free_form_fails(wa, receiver):
    listens(wa)
    sent = wa.send_message(READER, "Hello?")
    failed = hears(wa, receiver, is_status(sent, types.MessageStatusType.FAILED))
    assert isinstance(failed.error, errors.ReEngagementMessage)


def test_media_goes_up_and_comes_down(wa, twin):
    picture = bytes.fromhex(
        "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
        "0000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
    )
    media = wa.upload_media(picture, mime_type="image/png", filename="dot.png")
    found = wa.get_media_url(media.id)
    assert found.mime_type == "image/png" and found.file_size == len(picture)
    assert wa.get_media_bytes(url=found.url.replace("https://lookaside.fbsbx.com", twin.url)) == picture
    assert wa.delete_media(media.id)
    with pytest.raises(errors.WhatsAppError):
        wa.get_media_url(media.id)


def test_a_template_is_made_and_found(wa):
    made = wa.create_template(
        t.Template(
            name="autumn_sale",
            language=t.TemplateLanguage.ENGLISH,
            category=t.TemplateCategory.MARKETING,
            parameter_format=t.ParamFormat.NAMED,
            components=[
                t.BodyText("Hi {{name}}, everything is {{off}} off until Sunday.", name="Ada", off="25%"),
                t.FooterText(text="Reply STOP to hear no more from us"),
            ],
        )
    )
    assert made.category == t.TemplateCategory.MARKETING
    assert wa.get_template(made.id).name == "autumn_sale"
    names = [template.name for template in wa.get_templates(name="autumn_sale")]
    assert names == ["autumn_sale"]
    assert wa.delete_template("autumn_sale")


def test_profile_number_and_block_list(wa, twin, receiver):
    wa.update_business_profile(about="Lamps and more", websites=["https://shop.example.com"])
    profile = wa.get_business_profile()
    assert profile.about == "Lamps and more"
    assert [url.rstrip("/") for url in profile.websites] == ["https://shop.example.com"]
    assert wa.get_business_phone_number().display_phone_number.replace("+", "").replace(" ", "").endswith("0360")
    listens(wa)
    twin.admin("POST", f"/sim/phones/{READER}/say", {"text": "spam"})
    hears(wa, receiver, lambda update: isinstance(update, types.Message))
    assert wa.block_users([READER]).added_users
    assert [user.wa_id for user in wa.get_blocked_users()] == [READER]
    assert wa.unblock_users([READER]).removed_users


def test_errors_are_the_librarys_own(wa):
    with pytest.raises(errors.TemplateNotExists):
        wa.send_template(READER, "no_such_template", t.TemplateLanguage.ENGLISH, [], use_mm_lite_api=True)
    wa.api._session.headers["Authorization"] = "Bearer wrong"
    with pytest.raises(errors.WhatsAppError) as refused:
        wa.send_message(READER, "Hello?")
    assert refused.value.code == 190
