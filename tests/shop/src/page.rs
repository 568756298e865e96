//! The shop's pages: HTML from the server, and nothing of anybody else's words in them.

use crate::shelf::{Order, Shelf, Stage};

pub(crate) fn goods(shelf: &Shelf) -> String {
    let row = |it: &crate::shelf::Good| {
        let (name, price, stock) = (it.name, price(it.price_fen), it.stock);
        let state = if stock == 0 { " disabled" } else { "" };
        format!(
            "<form method=\"post\" action=\"/buy\"><p>{name}, {price}: {stock} left \
             <button name=\"good\" value=\"{name}\"{state}>Buy</button></p></form>"
        )
    };
    page("Goods", &shelf.goods().map(row).collect::<String>())
}

pub(crate) fn order(number: &str, order: &Order) -> String {
    let said = match order.stage {
        Stage::Open => "waits for its payer",
        Stage::Sold => "is paid, and is being packed",
        Stage::Returning => "was paid when nothing was left: your money is on its way back",
        Stage::Returned => "was paid when nothing was left: your money is back",
        Stage::Closed => "is closed",
    };
    let (good, price) = (order.good, price(order.price_fen));
    page(
        number,
        &format!("<p>{good}, {price}: order {number} {said}.</p><p><a href=\"/\">Goods</a></p>"),
    )
}

pub(crate) fn notice(text: &str) -> String {
    page("Shop", &format!("<p>{text}</p><p><a href=\"/\">Goods</a></p>"))
}

fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n\
         <h1>{title}</h1>\n{body}\n</html>\n"
    )
}

fn price(fen: i64) -> String {
    format!("¥{}.{:02}", fen / 100, fen % 100)
}
