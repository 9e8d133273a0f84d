-- Generated data: the catalogue; what is in stock is made up from the product's id.
select
    product_id,
    name,
    price,
    20 + ascii(product_id) % 50 as inventory
from facts_products
