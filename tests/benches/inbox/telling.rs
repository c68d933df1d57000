//! What becomes of the figures.

/// How often each thing is measured; the median counts.
pub(crate) const ROUNDS: usize = 3;

pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Prints a ratio with what it should be.
pub(crate) fn tell(what: &str, ratio: f64, wanted: &str, holds: bool) {
    println!("{what}: {ratio:.2} × (wanted {wanted}){}", if holds { "" } else { "  MISSED" });
}
