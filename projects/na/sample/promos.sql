-- Generated data: the promotions that orders may name.
select
    promo_id,
    discount,
    status
from (values ('Fern Friday', 8, 'inactive'), ('spring-roots', 5, 'active'), ('task-force', 10, 'inactive'))
    as promotions (promo_id, discount, status)
