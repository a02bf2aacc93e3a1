//! Points in time, and the clock, which everything uses instead of the system's.

use std::fmt;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A point in time with millisecond precision, written as RFC 3339 in UTC:
/// `2026-01-31T09:30:00.000Z`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Timestamp(i64);

/// The clocks of nodes, and of one node after a correction, differ by no more than this.
const CLOCKS_DIFFER: Duration = Duration::from_mins(5);

impl Timestamp {
    /// The time `millis` milliseconds after 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970-01-01T00:00:00Z, as in JWTs (RFC 7519).
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// This time plus `duration`, at most the largest representable time.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }

    /// This time minus `duration`.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }

    /// How long ago the recorded time `earlier` is at this time; [`Duration::MAX`] where it lies
    /// further in the future than clocks differ: then it was recorded while a clock was set wrong,
    /// and must not be waited for.
    #[must_use]
    pub fn age_of(self, earlier: Self) -> Duration {
        if earlier.since(self) > CLOCKS_DIFFER { Duration::MAX } else { self.since(earlier) }
    }

    /// How long it is until `until`, an end recorded at most `longest` ahead; `None` where it is
    /// over, and where it lies so far in the future that it was recorded while a clock was set
    /// wrong.
    #[must_use]
    pub fn until(self, until: Self, longest: Duration) -> Option<Duration> {
        let left = until.since(self);
        (!left.is_zero() && left <= longest.saturating_add(CLOCKS_DIFFER)).then_some(left)
    }

    /// How long after `earlier` this is; zero when it is not after it.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

/// Why a text is not a point in time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct InvalidTime;

impl fmt::Display for InvalidTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("must be a time such as 2026-01-31T09:30:00.000Z")
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = jiff::Timestamp::from_millisecond(self.0).map_err(|_| fmt::Error)?;
        write!(f, "{time:.3}")
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse::<jiff::Timestamp>()
            .map(|time| Self(time.as_millisecond()))
            .map_err(|_| crate::refuse(InvalidTime))
    }
}

impl JsonSchema for Timestamp {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Timestamp".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "format": "date-time", "examples": ["2026-01-31T09:30:00.000Z"]})
    }
}

/// Former and other names of time zones with today's, a pair a line: the links of the IANA database
/// (`backward`), without those that name a zone of their own (`zone.tab`), which people there use.
const LINKS: &str = include_str!("time_zone_links");
/// The database's name for clocks that were never set up.
const NOWHERE: &str = "Factory";

/// The name of the time zone of the IANA database that `name` stands for, in whatever case it is
/// and by whatever other name: `America/Los_Angeles` for `us/pacific`. `None` where there is no
/// such zone.
#[must_use]
pub fn time_zone_name(name: &str) -> Option<String> {
    let zone = jiff::tz::TimeZoneDatabase::bundled().get(name.trim()).ok()?;
    let spelled = zone.iana_name().filter(|name| *name != NOWHERE)?;
    let mut links = LINKS.lines().filter_map(|line| line.split_once(' '));
    Some(links.find(|(link, _)| *link == spelled).map_or(spelled, |(_, today)| today).to_owned())
}

/// A reading of the monotonic clock: it goes at an even pace from some point before the process
/// began, whatever happens to the wall clock. For waiting, limits and the age of what is in memory;
/// it means nothing to another process, so it is never stored.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct MonotonicTime(u64);

impl MonotonicTime {
    /// The time `nanos` nanoseconds after the beginning.
    #[must_use]
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// Nanoseconds since the beginning.
    #[must_use]
    pub const fn nanos(self) -> u64 {
        self.0
    }

    /// This time plus `duration`, at most the largest representable time.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(nanos(duration)))
    }

    /// This time minus `duration`, at least the beginning.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(nanos(duration)))
    }

    /// How long after `earlier` this is; zero when it is not after it.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

/// Says when it is time again, at most once in so long.
#[derive(Debug)]
pub struct Every {
    span: Duration,
    last: Mutex<Option<MonotonicTime>>,
}

impl Every {
    /// Once in `span`, and at once.
    #[must_use]
    pub const fn new(span: Duration) -> Self {
        Self { span, last: Mutex::new(None) }
    }

    /// Whether it is time; then it is not for a while.
    pub fn is_time(&self, now: MonotonicTime) -> bool {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let is_time = last.is_none_or(|last| now.since(last) >= self.span);
        if is_time {
            *last = Some(now);
        }
        is_time
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// Where the time comes from.
pub trait Clock: Send + Sync + 'static {
    /// The present, by the wall clock: for people, other systems and what is stored. It may be set
    /// at any time.
    fn now(&self) -> Timestamp;

    /// The present, by the monotonic clock: for durations.
    fn monotonic(&self) -> MonotonicTime;
}

/// The machine's own clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(
            clippy::disallowed_methods,
            reason = "this is the one place that reads the machine's clock"
        )]
        let elapsed =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Timestamp::default().plus(elapsed)
    }

    /// Counts the time that the machine sleeps, too, where the system can: a worker must notice
    /// that its lease is over.
    fn monotonic(&self) -> MonotonicTime {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        let id = rustix::time::ClockId::Boottime;
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        let id = rustix::time::ClockId::Monotonic;
        let time = rustix::time::clock_gettime(id);
        MonotonicTime(nanos(Duration::try_from(time).unwrap_or_default()))
    }
}

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct ManualClock {
    wall: AtomicI64,
    monotonic: AtomicU64,
}

impl ManualClock {
    /// A clock that shows `start`.
    #[must_use]
    pub const fn new(start: Timestamp) -> Self {
        Self { wall: AtomicI64::new(start.millis()), monotonic: AtomicU64::new(0) }
    }

    /// Lets time pass.
    pub fn advance(&self, by: Duration) {
        self.wall.fetch_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX), Ordering::SeqCst);
        self.monotonic.fetch_add(nanos(by), Ordering::SeqCst);
    }

    /// Sets the wall clock, as an operator or a time server may do: no time passes.
    pub fn set(&self, to: Timestamp) {
        self.wall.store(to.millis(), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.wall.load(Ordering::SeqCst))
    }

    fn monotonic(&self) -> MonotonicTime {
        MonotonicTime(self.monotonic.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_with_milliseconds_and_read_back() {
        let time = Timestamp::from_millis(1_769_851_800_007);
        let text = serde_json::to_string(&time).unwrap();
        assert_eq!(text, "\"2026-01-31T09:30:00.007Z\"");
        assert_eq!(serde_json::from_str::<Timestamp>(&text).unwrap(), time);
    }

    #[test]
    fn an_offset_is_turned_into_utc() {
        let time: Timestamp = serde_json::from_str("\"2026-01-31T10:30:00+01:00\"").unwrap();
        assert_eq!(time.to_string(), "2026-01-31T09:30:00.000Z");
    }

    #[test]
    fn the_monotonic_clock_goes_on_and_setting_the_wall_clock_does_not_move_it() {
        let before = SystemClock.monotonic();
        assert!(SystemClock.monotonic() >= before && before > MonotonicTime::default());
        let clock = ManualClock::new(Timestamp::from_millis(1000));
        clock.advance(Duration::from_secs(2));
        let begun = clock.monotonic();
        clock.set(Timestamp::from_millis(0));
        assert_eq!((clock.now(), clock.monotonic()), (Timestamp::from_millis(0), begun));
        clock.advance(Duration::from_secs(1));
        assert_eq!(clock.monotonic().since(begun), Duration::from_secs(1));
        assert_eq!(begun.since(clock.monotonic()), Duration::ZERO);
    }

    #[test]
    fn what_was_noted_far_in_the_future_is_as_if_long_ago() {
        let now = Timestamp::from_millis(1_800_000_000_000);
        let (minute, day) = (Duration::from_mins(1), Duration::from_hours(24));
        assert_eq!(now.age_of(now.minus(day)), day);
        assert_eq!(now.age_of(now.plus(minute)), Duration::ZERO);
        assert_eq!(now.age_of(now.plus(day)), Duration::MAX);
        assert_eq!(now.until(now.plus(minute), minute), Some(minute));
        assert_eq!(now.until(now, minute), None);
        assert_eq!(now.until(now.plus(day), minute), None);
    }

    #[test]
    fn what_is_done_every_minute_is_not_done_more_often() {
        let (every, at) = (Every::new(Duration::from_mins(1)), |seconds| {
            MonotonicTime::default().plus(Duration::from_secs(seconds))
        });
        let times: Vec<u64> =
            (0..200).step_by(10).filter(|seconds| every.is_time(at(*seconds))).collect();
        assert_eq!(times, [0, 60, 120, 180]);
    }

    #[test]
    fn only_names_of_the_database_are_time_zones() {
        for nowhere in
            ["", "America/Los_Angles", "../etc/passwd", "Etc/Unknown", "factory", "+02:00", "PST"]
        {
            assert_eq!(time_zone_name(nowhere), None, "{nowhere}");
        }
    }

    #[test]
    fn a_time_zone_is_spelled_as_it_is_called_today() {
        for (given, name) in [
            ("America/Los_Angeles", "America/Los_Angeles"),
            ("america/new_york", "America/New_York"),
            (" Asia/Kolkata ", "Asia/Kolkata"),
            ("US/Pacific", "America/Los_Angeles"),
            ("asia/calcutta", "Asia/Kolkata"),
            ("Europe/Kiev", "Europe/Kyiv"),
            ("utc", "UTC"),
            ("Etc/UTC", "UTC"),
            ("etc/gmt+5", "Etc/GMT+5"),
            // A zone of its own, though the database keeps its time under another.
            ("Europe/Stockholm", "Europe/Stockholm"),
            ("Iceland", "Atlantic/Reykjavik"),
        ] {
            assert_eq!(time_zone_name(given).as_deref(), Some(name), "{given}");
        }
    }

    #[test]
    fn a_former_name_keeps_the_time_of_todays_and_that_one_is_no_former_one() {
        let database = jiff::tz::TimeZoneDatabase::bundled();
        for (link, today) in LINKS.lines().filter_map(|line| line.split_once(' ')) {
            assert_eq!(time_zone_name(today).as_deref(), Some(today), "{link}");
            for millis in [1_767_225_600_000, 1_782_864_000_000] {
                let at = jiff::Timestamp::from_millisecond(millis).unwrap();
                let offset = |name: &str| database.get(name).unwrap().to_offset(at);
                assert_eq!(offset(link), offset(today), "{link}");
            }
        }
        assert!(LINKS.lines().count() > 100);
    }
}
