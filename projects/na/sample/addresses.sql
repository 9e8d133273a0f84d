-- Generated data: one address for every user, which is where the orders go too; made up from the user's id.
select
    md5('address ' || user_id) as address_id,
    1 + ascii(user_id) * 7
    || (array[' Garden Road', ' Leaf Street', ' Root Lane'])[1 + ascii(substr(user_id, 2)) % 3] as address,
    lpad((ascii(substr(user_id, 3)) * 613 % 100000)::text, 5, '0') as zipcode,
    (array['Arizona', 'Iowa', 'Maine', 'Ohio', 'Texas'])[1 + ascii(substr(user_id, 4)) % 5] as state,
    'United States' as country
from facts_users
