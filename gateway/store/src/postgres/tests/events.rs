//! Whoever pages through a merchant's events never passes one that is yet to be seen.

use super::*;
use crate::MerchantEvent;

fn event(payment: u128, number: u16) -> MerchantEvent {
    MerchantEvent {
        id: EventId { payment: payment_id(payment), number },
        merchant: "demo".parse().unwrap(),
        kind: "payment.succeeded".into(),
        payload: vec![],
        created_at: Timestamp(0),
    }
}

fn telling(events: Vec<MerchantEvent>) -> Change {
    Change { events, ..Change::default() }
}

async fn cursors(store: &Postgres) -> Vec<u64> {
    let events = store.events(&"demo".parse().unwrap(), 0, 99).await.unwrap();
    events.into_iter().map(|it| it.cursor).collect()
}

/// A transaction takes a cursor and is slow to commit: the next cursor waits for it.
#[tokio::test]
async fn a_later_cursor_is_not_seen_before_an_earlier_one() {
    let (options, store) = fresh().await;
    let slow = stranger(&options).await;
    let change = encode::change(&telling(vec![event(1, 1), event(1, 2)])).unwrap();
    slow.batch_execute("BEGIN").await.unwrap();
    slow.query_one(text::COMMIT, &[&Vec::<String>::new(), &vec![change]]).await.unwrap();
    let quick = store.clone();
    let mut quick = tokio::spawn(async move { quick.commit(telling(vec![event(2, 1)])).await });
    let stranger = stranger(&options).await;
    tokio::select! {
        () = somebody_waits(&stranger) => {}
        _ = &mut quick => panic!("it did not wait"),
    }
    assert_eq!(cursors(&store).await, [] as [u64; 0]);
    slow.batch_execute("COMMIT").await.unwrap();
    quick.await.unwrap().unwrap();
    assert_eq!(cursors(&store).await, [1, 2, 3]);
    let events = store.events(&"demo".parse().unwrap(), 2, 99).await.unwrap();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].row.id, event(2, 1).id);
}

/// A transaction that is rolled back gives its cursor back.
#[tokio::test]
async fn a_change_that_fails_takes_no_cursor() {
    let (_, store) = fresh().await;
    store.commit(Change { once: vec![once(1)], ..telling(vec![event(1, 1)]) }).await.unwrap();
    let refused = Change { once: vec![once(1)], ..telling(vec![event(2, 1)]) };
    store.commit(refused).await.unwrap_err();
    store.commit(telling(vec![event(3, 1)])).await.unwrap();
    assert_eq!(cursors(&store).await, [1, 2]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_reader_that_follows_hears_every_event_once() {
    const WRITERS: u16 = 12;
    const EACH: u16 = 40;
    let (options, one) = fresh().await;
    let two = Postgres::open(&options, NoTls).await.unwrap();
    let mut writers = tokio::task::JoinSet::new();
    for (writer, store) in (1..=WRITERS).zip([&one, &two].into_iter().cycle()) {
        let store = store.clone();
        writers.spawn(async move {
            for number in 1..=EACH {
                store.commit(telling(vec![event(writer.into(), number)])).await.unwrap();
            }
        });
    }
    let (mut heard, mut after) = (vec![], 0);
    while heard.len() < usize::from(WRITERS * EACH) {
        let page = one.events(&"demo".parse().unwrap(), after, 7).await.unwrap();
        after = page.last().map_or(after, |it| it.cursor);
        heard.extend(page.into_iter().map(|it| it.row.id));
    }
    writers.join_all().await;
    let different: BTreeSet<_> = heard.iter().collect();
    assert_eq!(different.len(), usize::from(WRITERS * EACH));
}
