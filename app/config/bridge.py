"""The settings of the call that people join."""

from pydantic import Field, SecretStr, field_validator

from app.config.section import Section, safe

ZOOM_API = "https://api.zoom.us/v2"
ZOOM_TOKENS = "https://zoom.us/oauth/token"


class Bridge(Section):
    """Where people talk."""

    zoom_account_id: str = Field(default="", validation_alias="ZOOM_ACCOUNT_ID")
    """The Account ID of a Server-to-Server OAuth app, on its page App Credentials."""

    zoom_client_id: str = Field(default="", validation_alias="ZOOM_CLIENT_ID")
    """Its Client ID."""

    zoom_client_secret: SecretStr | None = Field(default=None, validation_alias="ZOOM_CLIENT_SECRET")
    """Its Client Secret."""

    zoom_host: str = Field(default="", validation_alias="ZOOM_HOST")
    """The address of the Zoom user whose meetings they are."""

    zoom_api_url: str = Field(default=ZOOM_API, validation_alias="ZOOM_API_URL")
    """Where Zoom's API is; https://api.zoomgov.com/v2 for ZoomGov."""

    zoom_token_url: str = Field(default=ZOOM_TOKENS, validation_alias="ZOOM_TOKEN_URL")
    """Where Zoom gives tokens; https://zoomgov.com/oauth/token for ZoomGov."""

    @field_validator("zoom_api_url")
    @classmethod
    def _is_zoom_api(cls, value: str) -> str:
        return safe(value, f"ZOOM_API_URL is no https address. Leave it out for {ZOOM_API}.").rstrip("/")

    @field_validator("zoom_token_url")
    @classmethod
    def _is_zoom_tokens(cls, value: str) -> str:
        return safe(value, f"ZOOM_TOKEN_URL is no https address. Leave it out for {ZOOM_TOKENS}.")
