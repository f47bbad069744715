#!/usr/bin/python3
"""Serves video files by RTSP as a camera would (GstRtspServer): for tests, the demo and trying things at a desk.

  scripts/rtsp-server.py --port 8554 cam1=clip.mp4 cam2=a.ts,b.ts
      rtsp://127.0.0.1:8554/cam1 repeats clip.mp4, /cam2 the two files one after the other.

H.264 and H.265 without B-frames are passed on as they are, anything else is encoded to H.264. A path whose file is `audio:` holds
sound only, `odd:` holds a payload no decoder knows. The first line on standard output is `ready PORT`.
With --control, lines on standard input steer it and its end stops the server:
  stall PATH    no more pictures, the connection stays open      resume PATH    pictures again
  close         closes every connection                          quit           ends
Needs: python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-{good,bad,ugly} glib-networking ffmpeg.
"""
import argparse
import json
import os
import signal
import subprocess
import sys
import threading

try:
    import gi

    gi.require_version("Gst", "1.0")
    gi.require_version("GstRtsp", "1.0")
    gi.require_version("GstRtspServer", "1.0")
    from gi.repository import Gio, GLib, Gst, GstRtsp, GstRtspServer
except (ImportError, ValueError) as fault:  # ValueError: the module is there, a namespace is not
    sys.exit(f"rtsp-server: GStreamer's RTSP server is not installed for {sys.executable} ({fault}). Install it, and run this script by /usr/bin/python3:\n"
             "  apt-get install python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-good gstreamer1.0-plugins-bad "
             "gstreamer1.0-plugins-ugly glib-networking ffmpeg")

ROLE = "viewer"


def codec_of(path):
    """The file's codec, or nothing where its pictures are stored out of order, as no camera sends them."""
    try:
        answer = subprocess.run(
            ["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "stream=codec_name,has_b_frames", "-of", "json", path],
            check=True, capture_output=True, text=True)
    except FileNotFoundError:
        sys.exit("rtsp-server: ffmpeg is not installed here: apt-get install ffmpeg")
    except subprocess.CalledProcessError as fault:
        sys.exit(f"rtsp-server: {path} cannot be read as video: {fault.stderr.strip()}")
    stream = (json.loads(answer.stdout).get("streams") or [{}])[0]
    return "" if stream.get("has_b_frames") else stream.get("codec_name", "")


class Source(GstRtspServer.RTSPMediaFactory):
    """One path: each viewer gets its own run of the files, fed by its own ffmpeg."""

    def __init__(self, files, loop, transports):
        super().__init__()
        self._files, self._loop, self._feeds, self._number, self.stalled = files, loop, {}, 0, False
        if files[0] not in ("audio:", "odd:"):
            codecs = {codec_of(f) for f in files}
            self._copy = len(codecs) == 1 and codecs <= {"h264", "hevc"}
            self._codec = codecs.pop() if self._copy else "h264"
        self.set_protocols(transports)
        self.connect("media-configure", self._configured)

    def do_create_element(self, url):
        if self._files[0] == "audio:":
            return Gst.parse_launch("( audiotestsrc is-live=true ! alawenc ! rtppcmapay name=pay0 pt=8 )")
        if self._files[0] == "odd:":
            return Gst.parse_launch("( videotestsrc is-live=true ! video/x-raw,width=64,height=48,framerate=10/1 "
                                    "! pngenc ! rtpgstpay name=pay0 pt=96 )")
        self._number += 1
        name = f"source{self._number}"
        feed = self._start_feed()
        self._feeds[name] = feed
        kind = "h265" if self._codec == "hevc" else "h264"
        element = Gst.parse_launch(f"( fdsrc fd={feed.stdout.fileno()} ! tsdemux ! queue ! {kind}parse config-interval=-1 "
                                   f"! rtp{kind}pay name=pay0 pt=96 config-interval=-1 )")
        element.set_name(name)
        return element

    def _start_feed(self):
        arguments = ["ffmpeg", "-nostdin", "-v", "error", "-re"]
        if self._loop:
            arguments += ["-stream_loop", "-1"]
        if len(self._files) == 1:
            arguments += ["-i", self._files[0]]
            script = None
        else:
            arguments += ["-f", "concat", "-safe", "0", "-protocol_whitelist", "file,pipe", "-i", "pipe:0"]
            script = "ffconcat version 1.0\n" + "".join(f"file 'file:{os.path.abspath(f)}'\n" for f in self._files)
        coding = ["-c", "copy"] if self._copy else ["-c:v", "libx264", "-preset", "ultrafast", "-bf", "0", "-g", "50", "-pix_fmt", "yuv420p"]
        arguments += ["-map", "0:v:0", *coding, "-muxdelay", "0", "-flush_packets", "1", "-f", "mpegts", "pipe:1"]
        if script is not None and self._loop:
            script = script + "".join(f"file 'file:{os.path.abspath(f)}'\n" for f in self._files) * 200
            arguments = [a for a in arguments if a not in ("-stream_loop", "-1")]
        feed = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", "--", *arguments],
                                stdin=subprocess.PIPE if script else subprocess.DEVNULL, stdout=subprocess.PIPE)
        if script:
            threading.Thread(target=self._write, args=(feed, script), daemon=True).start()
        if self.stalled:
            feed.send_signal(signal.SIGSTOP)
        return feed

    @staticmethod
    def _write(feed, script):
        try:
            feed.stdin.write(script.encode())
            feed.stdin.close()
        except BrokenPipeError:
            pass

    def _configured(self, _factory, media):
        media.connect("unprepared", self._unprepared, media.get_element().get_name())

    def _unprepared(self, _media, name):
        feed = self._feeds.pop(name, None)
        if feed:
            feed.kill()
            feed.wait()

    def stall(self, on):
        self.stalled = on
        for feed in list(self._feeds.values()):
            feed.send_signal(signal.SIGSTOP if on else signal.SIGCONT)

    def end(self):
        for feed in list(self._feeds.values()):
            feed.kill()


def guard(server, options):
    """User and password (basic or digest), certificate; returns what each path needs to let that user in."""
    if not options.user and not options.tls:
        return None
    auth = GstRtspServer.RTSPAuth()
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", ROLE)
    if options.tls:
        auth.set_tls_certificate(Gio.TlsCertificate.new_from_files(*options.tls))
    if options.user and options.digest:
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        auth.add_digest(options.user, options.password, token)
    elif options.user:
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(options.user, options.password), token)
    else:
        auth.set_default_token(token)
    server.set_auth(auth)
    permissions = GstRtspServer.RTSPPermissions()
    permissions.add_permission_for_role(ROLE, "media.factory.access", True)
    permissions.add_permission_for_role(ROLE, "media.factory.construct", True)
    return permissions


def obey(server, sources, loop):
    for line in sys.stdin:
        word, _, path = line.strip().partition(" ")
        if word in ("stall", "resume"):
            sources[path].stall(word == "stall")
        elif word == "close":
            GLib.idle_add(lambda: server.client_filter(lambda *_: GstRtspServer.RTSPFilterResult.REMOVE) and False)
        elif word == "quit":
            break
        print("done " + word, flush=True)
    GLib.idle_add(loop.quit)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument("--port", default="0", help="0 takes a free one")
    parser.add_argument("--transport", choices=["any", "tcp", "udp"], default="any", help="what viewers may ask for")
    parser.add_argument("--user")
    parser.add_argument("--password")
    parser.add_argument("--digest", action="store_true", help="digest instead of basic authentication")
    parser.add_argument("--tls", nargs=2, metavar=("CERTIFICATE", "KEY"), help="serve rtsps://")
    parser.add_argument("--once", action="store_true", help="end the stream after the last picture")
    parser.add_argument("--control", action="store_true", help="take orders on standard input")
    parser.add_argument("paths", nargs="+", metavar="PATH=FILE[,FILE...]")
    options = parser.parse_args()

    Gst.init(None)
    lower = GstRtsp.RTSPLowerTrans
    transports = {"any": lower.TCP | lower.UDP, "tcp": lower.TCP, "udp": lower.UDP}[options.transport]
    server = GstRtspServer.RTSPServer()
    server.set_address(options.address)
    server.set_service(options.port)
    permissions = guard(server, options)
    sources = {}
    for entry in options.paths:
        path, _, files = entry.partition("=")
        source = Source(files.split(","), not options.once, transports)
        if permissions:
            source.set_permissions(permissions)
        server.get_mount_points().add_factory("/" + path, source)
        sources[path] = source

    loop = GLib.MainLoop()
    if server.attach(None) == 0:
        sys.exit(f"rtsp-server: cannot listen on {options.address}:{options.port}; is the port taken?")
    for number in (signal.SIGTERM, signal.SIGINT):
        GLib.unix_signal_add(GLib.PRIORITY_HIGH, number, loop.quit)
    # Sessions of viewers that vanished are dropped once a second.
    GLib.timeout_add_seconds(1, lambda: server.get_session_pool().cleanup() >= 0)
    if options.control:
        threading.Thread(target=obey, args=(server, sources, loop), daemon=True).start()
    print(f"ready {server.get_bound_port()}", flush=True)
    loop.run()
    for source in sources.values():
        source.end()


if __name__ == "__main__":
    main()
