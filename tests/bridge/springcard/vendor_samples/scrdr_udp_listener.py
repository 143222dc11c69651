# ruff: noqa: ANN001, ANN201, E501, F401, G004, I001, LOG015, PTH119, PTH120, RUF059, UP041, W505
# mypy: ignore-errors
# fmt: off
#
# Sample "Listener" of the SpringCard documentation, page "SpringCore / Host Interfaces / Network / UDP Server / $SCRDR".
# The copy that this was taken from had lost its indentation, which is restored; nothing else is changed.

# libraries import
from threading import Thread, Event
import logging
import socket
import getopt
import sys
import os
# helpers import
from helpers.ctrlccatcher import CtrlCCatcher
# display_help function
def display_help( script_name ):
    print( script_name )
    print( "[--port=<port>] UDP port to listen to (default: 4000)" )
    sys.exit()
# main function
def main( script_name, argv ):
    # default settings
    port = 4000
    # options parsing
    try:
        opts, _ = getopt.getopt(argv,"h",[ "help", "port=" ])
    except getopt.GetoptError as e:
        print(e)
        display_help( script_name )
    for opt, arg in opts:
        if opt in ( "-h", "--help"):
            display_help( script_name )
        elif opt == "--port":
            try:
                port = int(arg)
            except ValueError:
                print( "Port must be an integer number!" )
                sys.exit()
    # set logging options
    logging.basicConfig(level=logging.DEBUG)
    # CTRL+C catcher thread (this could be useful on some Windows platforms)
    ctrlccatch = CtrlCCatcher()
    ctrlccatch.start()
    # Create an UDP listening socket
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.setblocking(0)
    sock.settimeout(0.5)
    # Bind the socket to the port
    server_address = ("0.0.0.0", port)
    logging.info( f"starting up on {server_address} port {port}" )
    sock.bind(server_address)
    # Messages are read from the socket using recvfrom(), which returns the data as well as the address of the client from which it was sent.
    logging.info( "waiting for messages" )
    while ctrlccatch.wait():
        try:
            data, address = sock.recvfrom(4096)
            if data:
                data = data.decode( "ascii" )
                logging.info( data )
        except socket.timeout:
            pass
    # stop all process and exit
    logging.info( "Cleaning..." )
    ctrlccatch.terminate()
    ctrlccatch.join()
    logging.info( "Done." )
# entry point
if __name__ == "__main__":
    # add "this script" folder to the library search path
    # could be useful on Windows platform
    sys.path.append( os.path.dirname( os.path.realpath( __file__ ) ) )
    # start our application
    main( os.path.basename( __file__ ), sys.argv[1:] )
# EOF
