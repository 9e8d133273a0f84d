-- Generated data: the shop's users, with names made up from their ids.
select
    user_id,
    (array['Ada', 'Ben', 'Cleo', 'Dan', 'Eva', 'Finn', 'Gus', 'Ida'])[1 + ascii(user_id) % 8] as first_name,
    (array['Alder', 'Birch', 'Cedar', 'Elm', 'Hazel', 'Linden', 'Oak'])[1 + ascii(substr(user_id, 2)) % 7] as last_name,
    'user-' || left(user_id, 8) || '@example.com' as email,
    '555-01' || lpad((ascii(substr(user_id, 3)) % 100)::text, 2, '0') as phone_number,
    created_at,
    created_at as updated_at,
    md5('address ' || user_id) as address_id
from facts_users
