"""files.*: uploads in three steps: ask for an address, send the content to it, complete.

Slack's page: https://docs.slack.dev/messaging/working-with-files
"""

import secrets

from app.sandbox import posting, shapes
from app.sandbox.call import Call
from app.sandbox.posting import Draft
from app.sandbox.refusals import Refused, missing
from app.sandbox.workspace import Channel, File, Json, new_id


def get_upload_url(call: Call) -> Json:
    """Hand out an address for a file of the given name and length."""
    name, length = call.need("filename"), call.need("length")
    if not length.isdecimal() or int(length) == 0:
        raise Refused("missing_argument")
    upload = File(new_id("F"), name, name, int(length), call.slack.seconds(), secrets.token_hex(16))
    call.slack.workspace.files[upload.id] = upload
    call.slack.touch()
    return {"upload_url": f"{call.slack.url}upload/{upload.id}/{upload.upload_key}", "file_id": upload.id}


def complete_upload(call: Call) -> Json:
    """Complete uploads, and share them if a channel is named."""
    given = call.json("files")
    if not isinstance(given, list) or not given:
        raise missing("files")
    rooms = [_room(call, room) for room in [*call.listed("channel_id"), *call.listed("channels")]]
    uploads = [_upload(call, each) for each in given]
    for upload, each in zip(uploads, given, strict=True):
        upload.complete = True
        upload.title = str(each.get("title") or upload.name)
    call.slack.touch()
    for room in rooms:
        _share(call, room, uploads)
    return {"files": [shapes.file(call.slack, upload) for upload in uploads]}


def info(call: Call) -> Json:
    """Describe a file."""
    upload = call.slack.workspace.files.get(call.need("file"))
    if upload is None or not upload.complete:
        raise Refused("file_not_found")
    return {"file": shapes.file(call.slack, upload), "comments": [], "response_metadata": {"next_cursor": ""}}


def _room(call: Call, room_id: str) -> Channel:
    try:
        return call.admitted(call.slack.workspace.channels.get(room_id), joined=True)
    except Refused as refused:
        raise (Refused("invalid_channel") if refused.error == "channel_not_found" else refused) from None


def _upload(call: Call, given: object) -> File:
    upload = call.slack.workspace.files.get(str(given.get("id"))) if isinstance(given, dict) else None
    if upload is None:
        raise Refused("file_not_found")
    if not upload.uploaded:
        raise Refused("file_update_failed")
    return upload


def _share(call: Call, room: Channel, uploads: list[File]) -> None:
    said = posting.bot_message(
        call.slack, Draft(call.text("initial_comment") or "", []), thread_ts=call.text("thread_ts")
    )
    said.files = [upload.id for upload in uploads]
    for upload in uploads:
        upload.shares.setdefault(room.id, []).append(said.ts)
    posting.post(call.slack, room, said)
