//! The kind of a client from its `User-Agent`: browser and system, by which a device is recognised.

/// The first that is found counts: most browsers name the ones they descend from as well.
const BROWSERS: &[(&str, &str)] = &[
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("Chrom", "Chrome"),
    ("CriOS", "Chrome"),
    ("Safari", "Safari"),
];
const SYSTEMS: &[(&str, &str)] = &[
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
];

/// The longest name that is shown.
const LONGEST: usize = 80;

/// `Firefox on Linux` for a browser. Anything else keeps its own name, without versions: so an
/// update makes no new device.
#[must_use]
pub fn family(agent: &str) -> String {
    let find = |list: &[(&str, &'static str)]| {
        list.iter().find(|(sign, _)| agent.contains(sign)).map(|(_, name)| *name)
    };
    match (find(BROWSERS), find(SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        _ => without_versions(agent),
    }
}

fn without_versions(agent: &str) -> String {
    let words = agent.split_whitespace().map(|word| word.split('/').next().unwrap_or(word));
    let kept: Vec<_> = words.filter(|word| !is_version(word)).collect();
    kept.join(" ").chars().take(LONGEST).collect()
}

/// `7`, `v2.1`, `(1.0.3)`: but not `iPhone12`, which is a name.
fn is_version(word: &str) -> bool {
    let bare = word.trim_matches(['(', ')', ';', ',']).trim_start_matches('v');
    bare.contains('.') && bare.chars().all(|c| c.is_ascii_digit() || c == '.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_named_by_its_kind_and_system_whatever_its_version() {
        let firefox = |version| {
            format!(
                "Mozilla/5.0 (X11; Linux x86_64; rv:{version}) Gecko/20100101 Firefox/{version}"
            )
        };
        assert_eq!(family(&firefox("140.0")), "Firefox on Linux");
        assert_eq!(family(&firefox("141.0")), "Firefox on Linux");
        let edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36 Edg/126.0";
        assert_eq!(family(edge), "Edge on Windows");
        assert_eq!(family("Firefox on Linux"), "Firefox on Linux");
    }

    #[test]
    fn an_application_keeps_its_name_and_loses_its_version() {
        assert_eq!(family("Multitask/3.2.1 (4.5) okhttp/4.12"), "Multitask okhttp");
        assert_eq!(family("Ada's phone 2"), "Ada's phone 2");
        assert_eq!(family("curl/8.5.0"), "curl");
        assert_eq!(family(""), "");
    }
}
