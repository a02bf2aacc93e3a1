//! A scripted week of sign-ins: two hundred people with their habits, and attacks of every kind
//! among them.
//!
//! Everything is generated from one seed, so it is the same at every run. Four weeks precede it
//! without attacks and without counting: the rules build the baselines, as they would in use. The
//! counters are the real ones (`FailedSignInCounter`, `ProfileReadSketch`), and their events go
//! through the real rules and the real mail decision. The tables go to `docs/monitoring.md` with
//! `UPDATE_MONITORING=1`; the test fails when they differ.

mod tables;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::Duration;

use selfsame_events::{Event, Origin};
use selfsame_primitives::{Keys, Random, SeededRandom, SessionId, Timestamp, UserId, new_ulid};
use serde_json::{Value, json};

use super::super::alert_mail::{AlertMailDecision, decide_mail};
use super::super::events::Kind;
use super::super::record::AccountBaseline;
use super::super::rule::evaluate;
use super::super::signal::Signal;
use crate::state::MAIL_FROM_RISK;
use selfsame_security_signals::is_doubling;
use selfsame_security_signals::reads::{ProfileReadSketch, ReaderKey};
use selfsame_security_signals::refusals::FailedSignInCounter;

/// The seed of the documented week.
const SEED: u64 = 7;
const USERS: usize = 200;
const START: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const DAY: Duration = Duration::from_hours(24);
const DAYS_BEFORE: u32 = 28;
const DAYS: u32 = 7;
/// Most mails to a user who is not attacked, per week: one false alarm in ten weeks.
const FALSE_ALARMS: f64 = 0.1;

const BROWSERS: &[&str] = &[
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/126.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/126.0 Safari/537.36 Edg/126.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/17.5 Safari/605.1.15",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Chrome/126.0 Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
    "Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) Version/17.5 Safari/604.1",
];
const PHONES: &[&str] = &[
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) Chrome/126.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 14; SM-S918B) SamsungBrowser/25.0 Chrome/121.0 Mobile Safari/537.36",
];

/// The attacks of the script.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Attack {
    Stuffing,
    SlowStuffing,
    StolenPassword,
    Flatmate,
    SameDeviceElsewhere,
    TakeOver,
    FastCodes,
    SlowCodes,
    SecondStep,
    StolenToken,
    Scraping,
    CopiedPasskey,
}

impl Attack {
    const ALL: [(Self, Kind, &'static str); 12] = [
        (
            Self::Stuffing,
            Kind::FailedSignIns,
            "a list of passwords from many networks, one a minute",
        ),
        (Self::SlowStuffing, Kind::FailedSignIns, "the same, one every fifty minutes"),
        (
            Self::StolenPassword,
            Kind::NewDevice,
            "sign-in with a stolen password, from a device and network of the thief's",
        ),
        (Self::Flatmate, Kind::NewDevice, "the same, from the owner's own network"),
        (
            Self::SameDeviceElsewhere,
            Kind::NewNetwork,
            "the same, from elsewhere, with the browser and system that the owner has",
        ),
        (
            Self::TakeOver,
            Kind::ChangeAfterNewDevice,
            "sign-in from a device and network of the thief's, and another address ten minutes later",
        ),
        (
            Self::FastCodes,
            Kind::OtpGuessing,
            "codes for a new password, three every quarter of an hour",
        ),
        (Self::SlowCodes, Kind::OtpGuessing, "the same, one every two hours"),
        (
            Self::SecondStep,
            Kind::TwoFactorGuessing,
            "a stolen password, and wrong codes at the second step",
        ),
        (Self::StolenToken, Kind::TokenReuse, "a copied refresh token"),
        (
            Self::Scraping,
            Kind::MassProfileReads,
            "twenty thousand profiles with a stolen session, eight a second",
        ),
        (Self::CopiedPasskey, Kind::PasskeyCopied, "a copied passkey"),
    ];
    /// How often each is planted.
    const TIMES: usize = 5;
}

/// One act of the script.
#[derive(Clone, Debug)]
enum Act {
    SignIn { device: &'static str, ip: IpAddr, session: u64 },
    Refused { ip: IpAddr },
    WrongCode,
    RightCode,
    WrongSecondStep,
    Change { event: &'static str, device: &'static str, ip: IpAddr, session: Option<u64> },
    Emitted { event: &'static str, data: Value, ip: IpAddr },
    Read { profiles: u32, at_once: u32 },
}

/// All acts, by time.
struct Script {
    random: SeededRandom,
    acts: BTreeMap<(Timestamp, u64), (usize, Act)>,
    sessions: u64,
}

impl Script {
    fn below(&self, bound: usize) -> usize {
        let random: &dyn Random = &self.random;
        usize::try_from(random.below(bound as u64)).unwrap()
    }

    fn pick<T: Copy>(&self, list: &[T]) -> T {
        list[self.below(list.len())]
    }

    /// True `times` in a thousand.
    fn happens(&self, times: usize) -> bool {
        self.below(1000) < times
    }

    fn add(&mut self, at: Timestamp, user: usize, act: Act) {
        let number = self.acts.len() as u64;
        self.acts.insert((at, number), (user, act));
    }

    fn session(&mut self) -> u64 {
        self.sessions += 1;
        self.sessions
    }

    fn address(&self, from: [u8; 2]) -> IpAddr {
        let byte = || u8::try_from(self.below(256)).unwrap();
        [from[0], from[1], byte(), byte()].into()
    }
}

/// A person with habits.
struct Person {
    devices: Vec<&'static str>,
    /// Home, and for most a place of work.
    places: Vec<IpAddr>,
    /// The networks of the carrier, one of which the phone gets.
    carrier: Vec<IpAddr>,
    /// Sign-ins in a week.
    often: usize,
    second_factor: bool,
}

impl Person {
    fn new(script: &Script) -> Self {
        let mut devices = vec![script.pick(PHONES)];
        for (likely, list) in [(800, BROWSERS), (250, BROWSERS)] {
            if script.happens(likely) {
                devices.push(script.pick(list));
            }
        }
        let mut places = vec![script.address([84, 57])];
        if script.happens(600) {
            places.push(script.address([193, 27]));
        }
        let carrier = (0..12).map(|_| script.address([176, 2])).collect();
        let often = [1, 2, 3, 5, 7, 14][script.below(6)];
        Self { devices, places, carrier, often, second_factor: script.happens(200) }
    }

    fn somewhere(&self, script: &Script, device: &str) -> IpAddr {
        let is_phone = PHONES.contains(&device);
        if is_phone && script.happens(600) {
            script.pick(&self.carrier)
        } else {
            script.pick(&self.places)
        }
    }

    /// One day of this person, in a hotel where `hotel` says so.
    fn live(&self, script: &mut Script, user: usize, day: u32, hotel: Option<IpAddr>) {
        for _ in 0..14 {
            if script.below(98) < self.often {
                let minute = u32::try_from(script.below(16 * 60)).unwrap();
                let at = START
                    .plus(DAY * day + Duration::from_hours(6) + Duration::from_mins(1) * minute);
                self.sign_in(script, user, at, hotel);
            }
        }
        // A code for another purpose than signing in.
        if script.happens(20) {
            let at = START.plus(DAY * day + Duration::from_hours(12));
            for mistake in 0..script.pick(&[0_u32, 0, 0, 0, 0, 0, 0, 1, 1, 3]) {
                script.add(at.plus(Duration::from_secs(20) * mistake), user, Act::WrongCode);
            }
            script.add(at.plus(Duration::from_mins(16)), user, Act::RightCode);
        }
        // Reads profiles: more on some days than on others.
        let at = START.plus(DAY * day + Duration::from_hours(20));
        let profiles = script.pick(&[0, 5, 20, 60, 200]);
        script.add(at, user, Act::Read { profiles, at_once: 40 });
    }

    fn sign_in(&self, script: &mut Script, user: usize, at: Timestamp, hotel: Option<IpAddr>) {
        let device = script.pick(&self.devices);
        let ip = hotel.unwrap_or_else(|| self.somewhere(script, device));
        // Mistyped once or twice now and then, and forgotten now and again.
        let forgot = script.happens(8);
        let mistakes = if forgot { 6 } else { script.pick(&[0, 0, 0, 0, 0, 0, 0, 0, 1, 2]) };
        for mistake in 0..mistakes {
            script.add(at.plus(Duration::from_secs(15) * mistake), user, Act::Refused { ip });
        }
        let mut at = at.plus(Duration::from_mins(3));
        if forgot {
            let event = "user.password_changed";
            script.add(at, user, Act::Change { event, device, ip, session: None });
            at = at.plus(Duration::from_mins(1));
        }
        if self.second_factor && script.happens(80) {
            script.add(at, user, Act::WrongSecondStep);
        }
        let session = script.session();
        script.add(at.plus(Duration::from_mins(1)), user, Act::SignIn { device, ip, session });
        if script.happens(12) {
            let event =
                script.pick(&["user.password_changed", "user.email_updated", "user.2fa_enabled"]);
            let later = at.plus(Duration::from_mins(20));
            script.add(later, user, Act::Change { event, device, ip, session: Some(session) });
        }
    }
}

fn people(script: &mut Script) -> Vec<Person> {
    let mut people: Vec<_> = (0..USERS).map(|_| Person::new(script)).collect();
    for (user, person) in people.iter_mut().enumerate() {
        let journey = script.happens(150).then(|| u32::try_from(script.below(35)).unwrap());
        for day in 0..DAYS_BEFORE + DAYS {
            // A new phone or browser every year and a half.
            if script.happens(2) {
                let device = script.pick(&[BROWSERS, PHONES]);
                person.devices.push(script.pick(device));
            }
            let hotel = journey.filter(|from| (*from..from + 4).contains(&day));
            let hotel = hotel.map(|_| script.address([151, 99]));
            person.live(script, user, day, hotel);
        }
    }
    people
}

/// Plants the attacks, each on another user, and returns them.
fn plant(script: &mut Script, people: &[Person]) -> Vec<(usize, Attack)> {
    // A user with one sign-in a week may not have one at home yet, and a first sign-in is no new
    // device.
    let mut free: Vec<usize> = (0..USERS).filter(|user| people[*user].often > 1).collect();
    let mut planted = Vec::new();
    for _ in 0..Attack::TIMES {
        for (attack, _, _) in Attack::ALL {
            let user = free.remove(script.below(free.len()));
            let hour = u32::try_from(script.below(5 * 24)).unwrap();
            let at = START.plus(DAY * DAYS_BEFORE + Duration::from_hours(1) * hour);
            carry_out(script, &people[user], user, attack, at);
            planted.push((user, attack));
        }
    }
    planted
}

fn carry_out(script: &mut Script, person: &Person, user: usize, attack: Attack, at: Timestamp) {
    let ip = script.address([45, 155]);
    let (minute, hour) = (Duration::from_mins(1), Duration::from_hours(1));
    let session = script.session();
    // A system that no other user of the script has.
    let device = "Mozilla/5.0 (X11; CrOS x86_64) Chrome/125.0 Safari/537.36";
    match attack {
        Attack::Stuffing | Attack::SlowStuffing => {
            let every = if attack == Attack::Stuffing { minute } else { minute * 50 };
            for number in 0..25 {
                let ip = script.address([45, 155]);
                script.add(at.plus(every * number), user, Act::Refused { ip });
            }
        }
        Attack::StolenPassword => script.add(at, user, Act::SignIn { device, ip, session }),
        Attack::Flatmate => {
            script.add(at, user, Act::SignIn { device, ip: person.places[0], session });
        }
        Attack::SameDeviceElsewhere => {
            let device = person.devices[0];
            script.add(at, user, Act::SignIn { device, ip, session });
        }
        Attack::TakeOver => {
            script.add(at, user, Act::SignIn { device, ip, session });
            let session = Some(session);
            let event = "user.email_updated";
            script.add(at.plus(minute * 10), user, Act::Change { event, device, ip, session });
        }
        Attack::FastCodes => {
            for number in 0..12 {
                script.add(at.plus(minute * 16 * (number / 3)), user, Act::WrongCode);
            }
        }
        Attack::SlowCodes => {
            (0..12).for_each(|number| script.add(at.plus(hour * 2 * number), user, Act::WrongCode));
        }
        Attack::SecondStep => {
            (0..8).for_each(|number| {
                script.add(at.plus(minute * number), user, Act::WrongSecondStep);
            });
        }
        Attack::StolenToken => {
            let data = json!({"sessionId": SessionId::parse(&ulid(script, at)).unwrap()});
            script.add(at, user, Act::Emitted { event: "security.token_reuse", data, ip });
        }
        Attack::Scraping => script.add(at, user, Act::Read { profiles: 20_000, at_once: 480 }),
        Attack::CopiedPasskey => {
            let data = json!({"passkeyId": "AQIDBA"});
            script.add(at, user, Act::Emitted { event: "security.passkey_copied", data, ip });
        }
    }
}

fn ulid(script: &Script, at: Timestamp) -> String {
    new_ulid(at, &script.random)
}

/// The counters and rules of a node, and their results.
struct Node {
    keys: Keys,
    refusals: FailedSignInCounter,
    reads: ProfileReadSketch,
    /// By user: the baseline, the sequence, wrong codes and wrong second steps in a row.
    accounts: Vec<(AccountBaseline, u64, u32, u32)>,
    /// The findings of the counted week: the user, the kind, the risk, and the mail decision.
    found: Vec<(usize, Kind, u8, AlertMailDecision)>,
    /// The threshold of mails.
    from_risk: u8,
}

impl Node {
    fn new(from_risk: u8) -> Self {
        Self {
            keys: Keys::from_master(&[7; 32]),
            refusals: FailedSignInCounter::default(),
            reads: ProfileReadSketch::default(),
            accounts: vec![(AccountBaseline::default(), 0, 0, 0); USERS],
            found: Vec::new(),
            from_risk,
        }
    }

    fn id(user: usize) -> UserId {
        UserId::parse(&format!("usr_{user}")).unwrap()
    }

    fn act(&mut self, at: Timestamp, user: usize, act: &Act) {
        match act {
            Act::SignIn { device, ip, session } => {
                self.refusals.reset_burst(Self::id(user).as_str());
                self.accounts[user].3 = 0;
                self.emit(
                    at,
                    user,
                    "session.created",
                    json!({}),
                    &origin(Some(device), *ip, Some(*session)),
                );
            }
            Act::Refused { ip } => {
                if let Some(counted) = self.refusals.add(Self::id(user).as_str(), *ip, at) {
                    let data = serde_json::to_value(counted).unwrap();
                    self.emit(
                        at,
                        user,
                        "security.sign_ins_refused",
                        data,
                        &origin(None, *ip, None),
                    );
                }
            }
            Act::WrongCode => {
                self.accounts[user].2 += 1;
                self.guess(at, user, "ONE_TIME_PASSWORD", self.accounts[user].2, 3);
            }
            Act::RightCode => self.accounts[user].2 = 0,
            Act::WrongSecondStep => {
                self.accounts[user].3 += 1;
                self.guess(at, user, "TWO_FACTOR", self.accounts[user].3, 5);
            }
            Act::Change { event, device, ip, session } => {
                self.emit(at, user, event, json!({}), &origin(Some(device), *ip, *session));
            }
            Act::Emitted { event, data, ip } => {
                self.emit(at, user, event, data.clone(), &origin(None, *ip, None));
            }
            Act::Read { profiles, at_once } => self.read(at, user, *profiles, *at_once),
        }
    }

    fn guess(&mut self, at: Timestamp, user: usize, factor: &str, wrong: u32, base: u32) {
        if is_doubling(wrong, base) {
            let data = json!({"factor": factor, "wrongCodes": wrong});
            self.emit(
                at,
                user,
                "security.code_guessing",
                data,
                &origin(None, [45, 155, 1, 1].into(), None),
            );
        }
    }

    /// `at_once` profiles a minute, each another one.
    fn read(&mut self, at: Timestamp, user: usize, profiles: u32, at_once: u32) {
        for number in 0..profiles {
            let now = at.plus(Duration::from_mins(1) * (number / at_once));
            let counted = self.reads.note(&ReaderKey::User(Self::id(user).as_str()), &number, now);
            if let Some(counted) = counted {
                let data = serde_json::to_value(counted).unwrap();
                self.emit(
                    now,
                    user,
                    "security.mass_profile_reads",
                    data,
                    &origin(None, [45, 155, 1, 1].into(), None),
                );
            }
        }
    }

    fn emit(&mut self, at: Timestamp, user: usize, event_type: &str, data: Value, origin: &Origin) {
        let (baseline, sequence, ..) = &mut self.accounts[user];
        *sequence += 1;
        let event = Event {
            event_id: String::new(),
            event_type: event_type.to_owned(),
            occurred_at: at,
            subject: Self::id(user),
            sequence: *sequence,
            request_id: None,
            data,
        };
        let Some(signal) = Signal::of(&self.keys, &event, origin).unwrap() else { return };
        let (after, finding) = evaluate(std::mem::take(baseline), &signal);
        *baseline = after;
        let Some(finding) = finding else { return };
        let became;
        (*baseline, became) = decide_mail(std::mem::take(baseline), &finding, at, self.from_risk);
        if at >= START.plus(DAY * DAYS_BEFORE) {
            self.found.push((user, finding.kind, finding.risk, became));
        }
    }

    fn mails(&self, users: &BTreeSet<usize>) -> usize {
        let mailed = self.found.iter().filter(|(user, .., decision)| {
            *decision == AlertMailDecision::Mailed && users.contains(user)
        });
        mailed.count()
    }
}

fn origin(device: Option<&str>, ip: IpAddr, session: Option<u64>) -> Origin {
    let id =
        session.map(|number| SessionId::parse(&format!("01JD3Z5K8QW4N6R7T9{number:08}")).unwrap());
    Origin {
        request_id: None,
        ip: Some(selfsame_events::ClientAddress::of(ip)),
        device: device.map(str::to_owned),
        session_id: id,
    }
}

/// The week of `seed`, with mails from the risk `from_risk` on.
fn week(seed: u64, from_risk: u8) -> (Node, Vec<(usize, Attack)>) {
    let mut script = Script { random: SeededRandom::new(seed), acts: BTreeMap::new(), sessions: 0 };
    let people = people(&mut script);
    let planted = plant(&mut script, &people);
    let mut node = Node::new(from_risk);
    for ((at, _), (user, act)) in &script.acts {
        node.act(*at, *user, act);
    }
    (node, planted)
}

fn is_found(node: &Node, user: usize, kind: Kind, mailed: bool) -> bool {
    node.found.iter().any(|(user_of, found, _, decision)| {
        *user_of == user && *found == kind && (!mailed || *decision == AlertMailDecision::Mailed)
    })
}

fn others(planted: &[(usize, Attack)]) -> BTreeSet<usize> {
    let attacked: BTreeSet<_> = planted.iter().map(|(user, _)| *user).collect();
    (0..USERS).filter(|user| !attacked.contains(user)).collect()
}

fn kind_of(attack: Attack) -> Kind {
    Attack::ALL.iter().find(|(this, ..)| *this == attack).unwrap().1
}

/// The planted attacks that were not found.
fn missed(node: &Node, planted: &[(usize, Attack)]) -> Vec<String> {
    let lost =
        planted.iter().filter(|(user, attack)| !is_found(node, *user, kind_of(*attack), false));
    lost.map(|(user, attack)| format!("{attack:?} on {user}")).collect()
}

/// False alarms by mail, per user and week.
fn rate(node: &Node, planted: &[(usize, Attack)]) -> f64 {
    let others = others(planted);
    let [mails, users] =
        [node.mails(&others), others.len()].map(|count| u32::try_from(count).unwrap());
    f64::from(mails) / f64::from(users)
}

#[test]
fn every_planted_attack_of_a_scripted_week_is_found_and_false_alarms_stay_few() {
    for seed in [SEED, 1, 2, 3] {
        let (node, planted) = week(seed, MAIL_FROM_RISK);
        assert_eq!(missed(&node, &planted), Vec::<String>::new(), "seed {seed}");
        let rate = rate(&node, &planted);
        assert!(rate <= FALSE_ALARMS, "seed {seed}: {rate} mails for nothing a user-week");
    }
}
