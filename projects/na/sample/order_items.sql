-- Generated data: the lines of every order.
select
    order_id,
    product_id,
    quantity
from facts_order_items
