"""Running the platform."""

from typing import Annotated

from juyong.api.command import CommandContext, command
from juyong.api.doc import Doc


@command(
    "serve", examples=("juyong serve", "juyong serve --port 0 --tls-port -1 --home /srv/juyong")
)
def serve(
    ctx: CommandContext,
    *,
    host: Annotated[
        str | None, Doc("Address to listen on; without it the setting `host`, at first 127.0.0.1.")
    ] = None,
    port: Annotated[
        int | None,
        Doc("HTTP and forward proxy; 0: any. Without it the setting `port`, at first 8480."),
    ] = None,
    tls_port: Annotated[
        int | None,
        Doc("HTTPS; 0: any, -1: none. Without it the setting `tls_port`, at first 8443."),
    ] = None,
    allow_host: Annotated[
        list[str] | None, Doc("Foreign host the proxy may reach; repeatable.")
    ] = None,
    passphrase_file: Annotated[
        str | None, Doc("File of mode 0600 that holds the home's passphrase.")
    ] = None,
) -> None:
    """Run the platform in the foreground until interrupted.

    The answer is printed once the server listens; the log is on standard error.
    """
    from juyong.app.server import ServeOptions, serve_home  # noqa: PLC0415

    options = ServeOptions(
        host=host,
        port=port,
        tls_port=tls_port,
        allow_hosts=tuple(allow_host or ()),
        passphrase_file=passphrase_file,
    )
    serve_home(ctx.home, options, ctx.show)
