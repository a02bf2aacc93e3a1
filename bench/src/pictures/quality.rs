//! Bytes at equal quality: what sharp's files would take at the SSIMULACRA2 score of ours, by its
//! scores at several qualities.
//!
//! Both are scored against sharp's own unpacked outputs, made from the whole photo; that favours
//! sharp, if anything.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use ssimulacra2::{ColorPrimaries, Rgb, TransferCharacteristic, compute_frame_ssimulacra2};

use super::worker::{job, scripts};
use super::{median, sorted};
use crate::load::Failure;
use crate::report::say;

/// Bytes and scores of ours, and of sharp's formats at rising qualities.
#[derive(Default)]
struct Output {
    ours: (f64, f64),
    jpeg: Vec<(f64, f64)>,
    webp: Vec<(f64, f64)>,
}

pub(super) fn measure(photos: &Path) -> Result<(), Failure> {
    let (ours, decoded) = (tempfile::tempdir()?, tempfile::tempdir()?);
    write_ours(photos, ours.path())?;
    let script = scripts().join("quality.mjs");
    let done =
        Command::new("node").arg(script).args([photos, ours.path(), decoded.path()]).output()?;
    if !done.status.success() {
        return Err(String::from_utf8_lossy(&done.stderr).into());
    }
    let outputs = score(&String::from_utf8(done.stdout)?, decoded.path())?;
    report(&outputs);
    Ok(())
}

fn write_ours(photos: &Path, target: &Path) -> Result<(), Failure> {
    for entry in std::fs::read_dir(photos)? {
        let path = entry?.path();
        let outputs =
            job(&std::fs::read(&path)?).ok_or_else(|| format!("{} is refused", path.display()))?;
        let name = path.file_stem().ok_or("a photo without a name")?.to_string_lossy().into_owned();
        let thumbnail = outputs.thumbnail.ok_or("no thumbnail")?;
        for (part, output) in
            [("original", outputs.original), ("medium", outputs.medium), ("thumbnail", thumbnail)]
        {
            std::fs::write(target.join(format!("{name}.{part}.jpg")), output.bytes)?;
        }
    }
    Ok(())
}

/// By size, then by photo.
fn score(
    listed: &str,
    decoded: &Path,
) -> Result<BTreeMap<String, BTreeMap<String, Output>>, Failure> {
    let mut outputs: BTreeMap<String, BTreeMap<String, Output>> = BTreeMap::new();
    for line in listed.lines() {
        let [photo, size, what, bytes] =
            line.split(' ').collect::<Vec<_>>().try_into().map_err(|_| line.to_owned())?;
        let load = |what: &str| read(&decoded.join(format!("{photo} {size} {what}.ppm")));
        let scored = (bytes.parse()?, compute_frame_ssimulacra2(load("reference")?, load(what)?)?);
        let output =
            outputs.entry(size.to_owned()).or_default().entry(photo.to_owned()).or_default();
        match what {
            "ours" => output.ours = scored,
            _ if what.starts_with("webp") => output.webp.push(scored),
            _ => output.jpeg.push(scored),
        }
    }
    Ok(outputs)
}

/// As `quality.mjs` writes it: one line, then the samples.
fn read(path: &Path) -> Result<Rgb, Failure> {
    let file = std::fs::read(path)?;
    let end = file.iter().position(|byte| *byte == b'\n').ok_or("no line")?;
    let (head, samples) = file.split_at(end + 1);
    let sides = str::from_utf8(head)?
        .split_whitespace()
        .skip(1)
        .take(2)
        .map(str::parse)
        .collect::<Result<Vec<_>, _>>()?;
    let [width, height] = sides.try_into().map_err(|_| "no size")?;
    let pixels = samples
        .as_chunks::<3>()
        .0
        .iter()
        .map(|pixel| pixel.map(|sample| f32::from(sample) / 255.0))
        .collect();
    Ok(Rgb::new(pixels, width, height, TransferCharacteristic::SRGB, ColorPrimaries::BT709)?)
}

fn report(outputs: &BTreeMap<String, BTreeMap<String, Output>>) {
    say(
        "\nQuality (SSIMULACRA2; 70 is high, 90 is visually without loss), medians over the photos\n",
    );
    say(
        "| size | ours: score | kB | sharp at quality 80: score | kB | our bytes at equal quality, × its JPEG | × its WebP |",
    );
    say("|---|---|---|---|---|---|---|");
    for (size, photos) in outputs {
        let of = |value: fn(&Output) -> f64| {
            median(&sorted(photos.values().map(value).filter(|value| value.is_finite()).collect()))
        };
        let ratios = |rivals: fn(&Output) -> &[(f64, f64)]| {
            let ratio = |output: &Output| output.ours.0 / bytes_at(output.ours.1, rivals(output));
            spread(&sorted(photos.values().map(ratio).filter(|value| value.is_finite()).collect()))
        };
        say(format!(
            "| {size} | {:.1} | {:.1} | {:.1} | {:.1} | {} | {} |",
            of(|output| output.ours.1),
            of(|output| output.ours.0 / 1000.0),
            of(|output| default(output).1),
            of(|output| default(output).0 / 1000.0),
            ratios(|output| &output.jpeg),
            ratios(|output| &output.webp),
        ));
    }
}

/// At sharp's own quality, 80.
fn default(output: &Output) -> (f64, f64) {
    output.jpeg.get(2).copied().unwrap_or((f64::NAN, f64::NAN))
}

/// Of sorted ratios: those of photos whose scores the other's qualities enclose.
fn spread(ratios: &[f64]) -> String {
    match ratios {
        [least, .., most] => {
            format!("{:.2} ({least:.2} – {most:.2}, {} photos)", median(ratios), ratios.len())
        }
        _ => "–".to_owned(),
    }
}

/// Between the two qualities whose scores enclose ours; not-a-number beyond them.
fn bytes_at(score: f64, sharp: &[(f64, f64)]) -> f64 {
    let enclosing = sharp.windows(2).find_map(|pair| match pair {
        [low, high] if low.1 <= score && score <= high.1 => Some((*low, *high)),
        _ => None,
    });
    enclosing.map_or(f64::NAN, |((bytes, low), (more, high))| {
        let weight = (score - low) / (high - low).max(f64::EPSILON);
        (bytes.ln() * (1.0 - weight) + more.ln() * weight).exp()
    })
}
