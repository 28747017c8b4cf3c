from shop import Shop

READS_EVERYTHING = "441234567890"
NOT_ON_WHATSAPP = "447700900021"
NEVER_ONLINE = "447700900014"


def test_a_customer_reads_of_the_sale(twin):
    message = Shop(twin.url, twin.api_key).announce(READS_EVERYTHING)
    assert twin.wait(message, "read")["state"] == "read"
    newest = twin.phone(READS_EVERYTHING)[0]
    assert newest["body"].startswith("Our summer sale starts today")


def test_a_number_that_is_not_on_whatsapp_fails_with_its_reason(twin):
    message = Shop(twin.url, twin.api_key).announce(NOT_ON_WHATSAPP)
    assert twin.wait(message, "failed")["code"] == 131026


def test_who_says_stop_hears_no_more(twin):
    twin.admin("POST", f"/sim/phones/{READS_EVERYTHING}/say", {"text": "STOP"})
    message = Shop(twin.url, twin.api_key).announce(READS_EVERYTHING)
    assert twin.wait(message, "dropped")["code"] == 131050


def test_a_phone_that_stays_off_for_a_month_gets_nothing(twin):
    message = Shop(twin.url, twin.api_key).announce(NEVER_ONLINE)
    twin.advance("31d")
    assert twin.wait(message, "expired")["state"] == "expired"
