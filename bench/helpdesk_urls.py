"""The addresses of the django-helpdesk site of P6: helpdesk_site.py names this module."""

from django.urls import include, path

urlpatterns = [path("", include("helpdesk.urls", namespace="helpdesk"))]
