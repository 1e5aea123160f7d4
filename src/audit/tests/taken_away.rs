//! Tables and triggers that are not there any more.

use super::*;
use crate::diagnostic::Explain as _;

#[test]
fn tables_and_triggers_that_were_taken_away_are_told_as_broken() {
    let told = |sql: &str| {
        let home = Home::with(3);
        home.change_openly(sql);
        let broken = home.broken();
        let error = BrokenChain {
            file: home.file(),
            broken: home.verify().broken.unwrap(),
        };
        assert!(error.help().unwrap().contains(": "), "{sql}");
        broken
    };
    let table = Some((None, Fault::Table));
    assert_eq!(told("DROP TABLE audit"), table);
    assert_eq!(told("DROP TABLE audit; CREATE TABLE audit (id)"), table);
    assert_eq!(told("DROP TABLE audit; DROP TABLE audit_head"), table);
    let head = Some((None, Fault::Head));
    assert_eq!(told("DROP TABLE audit_head"), head);
    assert_eq!(
        told("DROP TABLE audit_head; CREATE TABLE audit_head (one)"),
        head
    );
    for trigger in [
        "audit_is_not_changed",
        "audit_is_not_removed",
        "audit_is_not_replaced",
        "audit_head_is_not_removed",
    ] {
        let triggers = Some((None, Fault::Triggers));
        assert_eq!(told(&format!("DROP TRIGGER {trigger}")), triggers);
        let elsewhere = format!(
            "DROP TRIGGER {trigger}; CREATE TRIGGER {trigger} AFTER INSERT ON extension BEGIN SELECT 1; END"
        );
        assert_eq!(told(&elsewhere), triggers);
    }
    // What is wrong with a record is told before.
    assert_eq!(
        told("DROP TRIGGER audit_is_not_changed; UPDATE audit SET user = 'x' WHERE id = 2"),
        Some((Some(2), Fault::Changed))
    );
}
