"""When a training ends: --minutes from now, or --until a time of day. Both are refused at once where they say nothing, before an hour of reading pictures."""
import argparse
import datetime
import time


def add_arguments(parser, minutes):
    parser.add_argument("--until", type=time_of_day, help="HH:MM by the clock of this machine; goes before --minutes")
    parser.add_argument("--minutes", type=length, default=minutes, help=f"minutes from now, the decay included ({minutes} unless said)")


def time_of_day(text):
    """'19:30' as a datetime.time."""
    try:
        return datetime.datetime.strptime(text, "%H:%M").time()
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no time of day: HH:MM, 00:00 to 23:59") from None


def length(text):
    """'90' as minutes; more than none."""
    try:
        minutes = float(text)
    except ValueError:
        minutes = 0
    if not 0 < minutes < 60 * 24 * 365:
        raise argparse.ArgumentTypeError(f"{text!r} is no length in minutes: a number above 0, as 90")
    return minutes


def end_of(options):
    """The time.time() at which to stop; a time of day that is past is tomorrow's."""
    if options.until is None:
        return time.time() + 60 * options.minutes
    now = datetime.datetime.now()
    end = datetime.datetime.combine(now.date(), options.until)
    return (end if end > now else end + datetime.timedelta(days=1)).timestamp()
