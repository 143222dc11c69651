# ruff: noqa: ANN001, ANN201, F401, I001, PTH119, PTH120, Q000, Q003
# mypy: ignore-errors
# fmt: off
#
# Sample "Sender" of the SpringCard documentation, page "SpringCore / Host Interfaces / Network / UDP Server / $SCRDR".
# The copy that this was taken from had lost its indentation, which is restored; nothing else is changed.

# libraries import
from threading import Thread, Event
import socket
import getopt
import sys
import os
# helpers import
from helpers.ctrlccatcher import CtrlCCatcher
# display_help function
def display_help( script_name ):
    print( script_name )
    print( "[--addr=<addr>] Address of the target device (default: broadcast)" )
    print( "[--port=<port>] UDP port on the target device (default: 4000)" )
    print( "[--message=\"<message>\"] Message to send to the device (default: WINK Sequence)" )
    sys.exit()
# main function
def main( script_name, argv ):
    # default settings
    message = b"$SCCMD;SEQ=0E"
    addr = '<broadcast>'
    port = 4000
    # options parsing
    try:
        opts, _ = getopt.getopt(argv,"h",[ "help", "addr=", "port=", "message=" ])
    except getopt.GetoptError as e:
        print(e)
        display_help( script_name )
    for opt, arg in opts:
        if opt in ( "-h", "--help"):
            display_help( script_name )
        elif opt == "--message":
            message = bytearray(arg.encode())
        elif opt == "--addr":
            addr = str(arg)
        elif opt == "--port":
            try:
                port = int(arg)
            except ValueError:
                print( "Port must be an integer number!" )
                sys.exit()
    # Create an UDP socket
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_UDP)
    # Enable broadcasting mode
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    # Send the message to the target address and port
    sock.sendto(message, (addr, port))
# entry point
if __name__ == "__main__":
    # add "this script" folder to the library search path
    # could be useful on Windows platform
    sys.path.append( os.path.dirname( os.path.realpath( __file__ ) ) )
    # start our application
    main( os.path.basename( __file__ ), sys.argv[1:] )
# EOF
