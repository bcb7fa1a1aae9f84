use tagdrop::{
    model::manifest::Label,
    tags::{SelectOptions, State, select},
};

fn labels(n: usize) -> Vec<Label> {
    (0..n).map(|i| Label { id: format!("n{i}"), name: format!("class {i}") }).collect()
}

/// Logits whose softmax is `shares`.
fn logits(shares: &[f32]) -> Vec<f32> {
    shares.iter().map(|share| share.ln()).collect()
}

fn ids(shares: &[f32], options: &SelectOptions) -> Vec<String> {
    select(&logits(shares), &labels(shares.len()), options).into_iter().map(|tag| tag.id).collect()
}

fn everything() -> SelectOptions {
    SelectOptions { max_tags: 0, min_confidence: 0.0, accept_confidence: 0.65, relative_cut: 0.0 }
}

#[test]
fn the_best_are_kept_by_score_not_by_index() {
    let two = SelectOptions { max_tags: 2, ..everything() };
    assert_eq!(ids(&[0.1, 0.2, 0.3, 0.4], &two), ["n3", "n2"]);
    assert_eq!(ids(&[0.1, 0.2, 0.3, 0.4], &everything()), ["n3", "n2", "n1", "n0"]);
}

#[test]
fn equal_scores_keep_the_order_of_the_labels() {
    let two = SelectOptions { max_tags: 2, ..everything() };
    assert_eq!(ids(&[0.2, 0.3, 0.2, 0.3], &two), ["n1", "n3"]);
}

#[test]
fn confidence_is_the_share_of_the_whole() {
    let tags = select(&logits(&[0.7, 0.2, 0.1]), &labels(3), &everything());
    for (tag, share) in tags.iter().zip([0.7, 0.2, 0.1]) {
        assert!((tag.confidence - share).abs() < 1e-6, "{tag:?}");
    }
    assert_eq!(tags[0].state, State::Accepted);
    assert_eq!(tags[1].state, State::Suggested);
}

#[test]
fn what_is_unsure_or_far_behind_the_best_is_dropped() {
    let threshold = SelectOptions { min_confidence: 0.2, ..everything() };
    assert_eq!(ids(&[0.5, 0.3, 0.19, 0.01], &threshold), ["n0", "n1"]);
    let relative = SelectOptions { relative_cut: 0.5, ..everything() };
    assert_eq!(ids(&[0.5, 0.3, 0.19, 0.01], &relative), ["n0", "n1"]);
    assert!(ids(&[0.15; 6], &SelectOptions::default()).is_empty());
}

#[test]
fn scores_that_are_no_numbers_never_become_tags() {
    assert!(select(&[f32::NAN; 3], &labels(3), &SelectOptions::default()).is_empty());
    let tags = select(&[f32::NAN, 3.0, f32::NEG_INFINITY], &labels(3), &SelectOptions::default());
    assert_eq!(tags.len(), 1);
    assert_eq!((tags[0].id.as_str(), tags[0].confidence), ("n1", 1.0));
}
