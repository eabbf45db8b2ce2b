//! How states look: a tone and a shape for each, so that colour is never the only sign.

/// The tone of a state's badge: a class `state-…`.
pub(crate) fn tone(state: &str) -> &'static str {
    match state {
        "active" | "valid" | "fulfilled" | "taken" | "ok" | "approved" | "handed-over" => "good",
        "ready" | "queued" | "checked" => "next",
        "locked" | "returned" | "changed" | "normalised" | "warn" | "held" => "warn",
        "revoked" | "spoiled" | "rejected" | "refused" | "failed" | "error" => "bad",
        "produced" | "in_production" | "in-production" | "submitted" | "waiting" | "wait" => "wait",
        _ => "idle",
    }
}

/// The shape of a state's badge: a symbol of the sprite.
pub(crate) fn shape(state: &str) -> &'static str {
    match state {
        "locked" => "lock",
        "expired" => "calendar-off",
        "cancelled" | "draft" | "left-out" => "circle-minus",
        "returned" => "arrow-back-up",
        "produced" | "in_production" | "in-production" => "printer",
        "ready" => "package",
        _ => match tone(state) {
            "good" => "circle-check",
            "next" => "circle-arrow-right",
            "warn" => "alert-triangle",
            "bad" => "alert-octagon",
            "wait" => "hourglass",
            _ => "circle",
        },
    }
}

/// The shape of a big state or a message.
pub(crate) fn big_shape(kind: &str) -> &'static str {
    match kind {
        "ok" => "circle-check",
        "warn" => "alert-triangle",
        "stop" | "error" => "alert-octagon",
        "wait" => "hourglass",
        "info" => "info-circle",
        _ => "circle",
    }
}

/// Tabler's word for the tone of a message.
pub(crate) fn alert(kind: &str) -> &'static str {
    match kind {
        "ok" => "success",
        "warn" => "warning",
        "stop" | "error" => "danger",
        _ => "info",
    }
}

/// Whether a screen reader should interrupt for it.
pub(crate) fn alarms(kind: &str) -> bool {
    matches!(kind, "warn" | "stop" | "error")
}

/// Whether two texts are the same; templates hold them as `String` here and `&str` there.
pub(crate) fn same(one: &str, other: &str) -> bool {
    one == other
}
