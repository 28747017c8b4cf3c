//! The two decisions, rule by rule.
