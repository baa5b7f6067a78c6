"""``archlint server``: the language server."""

from __future__ import annotations

import argparse
import logging
import sys


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--stdio", action="store_true", help="speak on standard input and output (the default)"
    )
    parser.add_argument(
        "--tcp", metavar="HOST:PORT", help="listen there for one client; port 0 takes a free one"
    )
    parser.add_argument("--log-file", metavar="FILE", help="write what is said and done to a file")
    parser.add_argument("--clientProcessId", dest="client", help=argparse.SUPPRESS)


def run(arguments: argparse.Namespace) -> int:
    """Serve one client; return the exit code."""
    from archlint.cli.parser import UserError

    address = None if arguments.tcp is None else _address(arguments.tcp)
    if arguments.tcp is not None and address is None:
        raise UserError(f"--tcp {arguments.tcp}: not HOST:PORT")
    if arguments.log_file:
        logging.basicConfig(
            filename=arguments.log_file, level=logging.DEBUG, format="%(asctime)s %(message)s"
        )
    else:
        logging.getLogger("pygls").addHandler(logging.NullHandler())
        logging.getLogger("pygls").propagate = False
    from archlint.server.app import create_server
    from archlint.server.protocol import serve_standard_streams, serve_tcp

    sys.setswitchinterval(0.001)  # a lint on the worker's thread must not hold up an answer for 5 ms
    protocol = create_server().protocol
    if address is None:
        return serve_standard_streams(protocol)
    try:
        return serve_tcp(protocol, *address, say=lambda line: print(line, file=sys.stderr, flush=True))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UserError(f"--tcp {arguments.tcp}: {reason}") from None


def _address(written: str) -> tuple[str, int] | None:
    host, separator, port = written.rpartition(":")
    if not separator or not port.isdigit() or int(port) > 65535:
        return None
    return host.strip("[]") or "127.0.0.1", int(port)
