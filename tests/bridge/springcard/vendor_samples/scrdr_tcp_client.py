# ruff: noqa: ANN001, ANN201, F401, F541, G003, G004, I001, LOG015, PTH119, PTH120, RUF059, SIM114, UP041
# mypy: ignore-errors
# fmt: off
#
# Sample of the SpringCard documentation, page "SpringCore / Host Interfaces / Network / TCP Server / $SCRDR".
# The copy that this was taken from had lost the lines marked "restored": the try: lines, the exits after a message, the
# set-up of logging, the socket's timeout and the cleaning-up; they are as in the page's sister "UDP Server / $SCRDR".

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
    print( "[--addr=<addr>]                 Address of the target device" )
    print( "[--port=<port>]                 TCP port on the target device (default: 4000)" )
    print( "[--wink]                        Send wink message in reply to every incoming message" )
    print( "[--accept]                      Send accept message in reply to every incoming message" )
    print( "[--deny]                        Send deny message in reply to every incoming message" )
    sys.exit()  # restored

# main function
def main( script_name, argv ):
    # default settings
    port = 4000
    addr = ""
    reply = False

    # options parsing
    try:  # restored
        opts, _ = getopt.getopt(argv,"h",[ "help", "addr=", "ip=", "port=", "nolog", "logtofile", "wink", "accept", "deny" ])
    except getopt.GetoptError as e:
        print( e )  # restored
        display_help( script_name )

    for opt, arg in opts:
        if opt in ( "-h", "--help"):
            display_help( script_name )
        elif opt == "--addr":
            addr = str(arg)
        elif opt == "--ip":
            addr = str(arg)
        elif opt == "--port":
            try:  # restored
                port = int(arg)
            except ValueError:
                print( "Port must be an integer number!" )
                sys.exit()  # restored
        elif opt == "--wink":
            reply = b"$SCCMD;SEQ=0E"
        elif opt == "--accept":
            reply = b"$SCCMD;SEQ=60"
        elif opt == "--deny":
            reply = b"$SCCMD;SEQ=61"

    if addr == "":
        print( "Server IP address must be specified!" )
        sys.exit()  # restored

    # set logging options
    logging.basicConfig(level=logging.DEBUG)  # restored

    # CTRL+C catcher thread (this could be useful on some Windows platforms)
    ctrlccatch = CtrlCCatcher()
    ctrlccatch.start()  # restored

    # Create a TCP/IP socket
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.settimeout(0.5)  # restored

    # TCP mode, try to connect to our SCRDR server
    logging.info( f"connecting to {addr} port {port}" )
    try:  # restored
        # try to connect to this server
        sock.connect( ( addr, port ) )
        logging.info( f"connected, use Ctrl+C to exit" )
        # look for CTRL+C
        while ctrlccatch.wait():
            try:  # restored
                # wait for new data
                data, address = sock.recvfrom(512)
                if data:
                    data = data.decode( "ascii" )
                    logging.info( data )
                    if reply:
                        logging.info( "Sending reply: " + str(reply) )
                        sock.send( reply )
            except socket.timeout:
                pass  # restored
    except socket.timeout:
        logging.info( "Can't connect to this server..." )

    # stop all process and exit
    logging.info( "Cleaning..." )
    ctrlccatch.terminate()  # restored
    ctrlccatch.join()  # restored
    sock.close()  # restored
    logging.info( "Done." )

# entry point
if __name__ == "__main__":
    # add "this script" folder to the library search path
    # could be useful on Windows platform
    sys.path.append( os.path.dirname( os.path.realpath( __file__ ) ) )
    # start our application
    main( os.path.basename( __file__ ), sys.argv[1:] )
