from datetime import date as date
