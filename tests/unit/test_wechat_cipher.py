"""Signatures and safe mode against published vectors and against wechatpy, both ways."""

from __future__ import annotations

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wechatpy.crypto import WeChatCrypto
from wechatpy.utils import check_signature

from webapp.gateways.wechat import signature
from webapp.gateways.wechat.cipher import BadKey, MessageCipher, Undecipherable
from webapp.gateways.wechat.envelope import read_fields, sealed_reply

KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
APP = "wx2c2769f8efd9abc2"
# From the sample program that WeChat publishes (Sample.py, token "spamtest").
SAMPLE = (
    "hyzAe4OzmOMbd6TvGdIOO6uBmdJoD0Fk53REIHvxYtJlE2B655HuD0m8KUePWB3+LrPXo87wzQ1QLvbeUgmBM4x6F8PGHQHFVAFmOD2LdJF9FrXpbUAh0B5GIItb52sn8"
    "96wVsMSHGuPE328HnRGBcrS7C41IzDWyWNlZkyyXwon8T332jisa+h6tEDYsVticbSnyU8dKOIbgU6ux5VTjg3yt+WGzjlpKn6NPhRjpA912xMezR4kw6KWwMrCVKSVCZ"
    "ciVGCgavjIQ6X8tCOp3yZbGpy0VxpAe+77TszTfRd5RJSVO/HTnifJpXgCSUdUue1v6h0EIBYYI1BD1DlD+C0CR8e6OewpusjZ4uBl9FyJvnhvQl+q5rv1ixrcpCumEPo5"
    "MJSgM9ehVsNPfUM669WuMyVWQLCzpu9GhglF2PE="
)
# From wechatpy's own tests (token "123456").
OTHER_KEY, OTHER_APP = "kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR", "wx49f0ab532d5d035a"
OTHER = (
    "RgqEoJj5A4EMYlLvWO1F86ioRjZfaex/gePD0gOXTxpsq5Yj4GNglrBb8I2BAJVODGajiFnXBu7mCPatfjsu6IHCrsTyeDXzF6Bv283dGymzxh6ydJRvZsryDyZbLTE7r"
    "hnus50qGPMfp2wASFlzEgMW9z1ef/RD8XzaFYgm7iTdaXpXaG4+BiYyolBug/gYNx410cvkKR2/nPwBiT+P4hIiOAQqGp/TywZBtDh1yCF2KOd0gpiMZ5jSw3e29mTvmU"
    "HzkVQiMS6td7vXUaWOMZnYZlF3So2SjHnwh4jYFxdgpkHHqIrH/54SNdshoQgWYEvccTKe7FS709/5t6NMxuGhcUGAPOQipvWTT4dShyqio7mlsl5noTrb++x6En749zCp"
    "QVhDpbV6GDnTbcX2e8K9QaNWHp91eBdCRxthuL0="
)


@pytest.mark.parametrize(
    ("token", "timestamp", "nonce", "ciphertext", "expected"),
    [
        ("spamtest", "1409735669", "1320562132", SAMPLE, "5d197aaffba7e9b25a30732f161a50dee96bd5fa"),
        ("123456", "1411525903", "461056294", OTHER, "74d92dfeb87ba7c714f89d98870ae5eb62dff26d"),
    ],
    ids=["WeChat's sample", "wechatpy"],
)
def test_published_signatures(token: str, timestamp: str, nonce: str, ciphertext: str, expected: str) -> None:
    assert signature.sign(token, timestamp, nonce, ciphertext) == expected
    assert signature.matches(expected, token, timestamp, nonce, ciphertext)
    assert not signature.matches(expected, token, timestamp, nonce + "0", ciphertext)
    assert not signature.matches("签名", token, timestamp, nonce, ciphertext)


@pytest.mark.parametrize(
    ("key", "app", "ciphertext", "content", "sender"),
    [
        (KEY, APP, SAMPLE, "abcdteT", "oyORnuP8q7ou2gfYjqLzSIWZf0rs"),
        (OTHER_KEY, OTHER_APP, OTHER, "test", "messense"),
    ],
    ids=["WeChat's sample", "wechatpy"],
)
def test_published_ciphertexts(key: str, app: str, ciphertext: str, content: str, sender: str) -> None:
    fields = read_fields(MessageCipher(key, app).decrypt(ciphertext))
    assert (fields["Content"], fields["FromUserName"]) == (content, sender)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="￾￿"), min_size=1))
def test_wechatpy_opens_what_we_seal_and_the_other_way_round(words: str) -> None:
    message = f"<xml><Content><![CDATA[{words.replace(']]>', '')}]]></Content></xml>"
    ours, theirs = MessageCipher(KEY, APP), WeChatCrypto("token", KEY, APP)
    ciphertext = ours.encrypt(message.encode())
    signed = signature.sign("token", "1409735669", "n", ciphertext)
    envelope = sealed_reply(ciphertext, signed, "1409735669", "n")
    assert theirs.decrypt_message(envelope, signed, "1409735669", "n") == message
    sealed = read_fields(theirs.encrypt_message(message, "n", "1409735669").encode())
    assert signature.matches(sealed["MsgSignature"], "token", "1409735669", "n", sealed["Encrypt"])
    assert ours.decrypt(sealed["Encrypt"]).decode() == message


def test_plain_signatures_agree_with_wechatpy() -> None:
    check_signature("token", signature.sign("token", "1409735669", "nonce"), "1409735669", "nonce")


def test_no_two_seals_are_alike() -> None:
    cipher = MessageCipher(KEY, APP)
    assert cipher.encrypt(b"<xml/>") != cipher.encrypt(b"<xml/>")


@pytest.mark.parametrize("key", ["", KEY[:-1], KEY + "H", KEY[:-1] + "!", "钥" * 43])
def test_a_malformed_key_is_told(key: str) -> None:
    with pytest.raises(BadKey):
        MessageCipher(key, APP)


@given(st.binary(max_size=96))
def test_rubbish_is_undecipherable(rubbish: bytes) -> None:
    with pytest.raises(Undecipherable):
        MessageCipher(KEY, APP).decrypt(b64encode(rubbish).decode())


@pytest.mark.parametrize("ciphertext", ["", "*", "AAAA", "密文"])
def test_what_is_no_ciphertext(ciphertext: str) -> None:
    with pytest.raises(Undecipherable):
        MessageCipher(KEY, APP).decrypt(ciphertext)


def test_a_message_for_another_app_is_refused() -> None:
    with pytest.raises(Undecipherable, match="another app"):
        MessageCipher(KEY, "wx-other").decrypt(SAMPLE)
    assert MessageCipher(KEY, "").decrypt(SAMPLE)
